using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Broadcast.Gateway;

/// <summary>The life of opened sockets: each until both its client and its event loop are done with it.</summary>
internal sealed class SocketLife(Hub hub, TransportMetrics transports, ILogger<SocketLife> logger)
{
    /// <summary>How long a client has to answer the close frame before its connection is cut.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Takes a place on the node, and opens the socket.</summary>
    /// <returns>Null if the node is full, or stops; the request has its answer then.</returns>
    public async Task<OpenedSocket?> OpenAsync(HttpContext context, int notSentLowAt, string? subprotocol = null)
    {
        if (!hub.TryReserve())
        {
            await Refusal.NoPlace(hub).WriteAsync(context);
            return null;
        }

        try
        {
            var socket = await Upgrade.AcceptAsync(context, notSentLowAt, subprotocol);
            transports.Count(socket.Transport);
            return socket;
        }
        catch
        {
            hub.GiveBack();
            throw;
        }
    }

    /// <summary>Serves the socket. The request that opened it may end when this returns, which a direct socket then outlives.</summary>
    public Task RunAsync(OpenedSocket socket, Connection connection, WebSocketReader reader, ISocketMessages messages)
    {
        if (socket.Direct is not { } direct)
        {
            return LiveAsync(socket, connection, reader, messages);
        }

        direct.AfterHttp = () => LiveAsync(socket, connection, reader, messages);
        return Task.CompletedTask;
    }

    private async Task LiveAsync(OpenedSocket socket, Connection connection, WebSocketReader reader, ISocketMessages messages)
    {
        using var held = reader;
        var reading = ReadAsync(socket.Input, new SocketInput(socket.Input, connection, reader, messages), connection);
        await connection.Completion;
        await CutAfterTimeoutAsync(socket, Task.WhenAll(reading, socket.Transport.Flushed));
        messages.End();
        if (reader.Violation?.Code == Disconnect.MessageTooBig.Code)
        {
            hub.Metrics.Refused("size");
        }
    }

    private async Task ReadAsync(PipeReader input, SocketInput socket, Connection connection)
    {
        try
        {
            ReadResult read;
            do
            {
                read = await input.ReadAsync();
            }
            while (await socket.TakeAsync(read));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException
            or ConnectionAbortedException or System.Net.WebSockets.WebSocketException)
        {
            // The client has gone.
        }
        catch (Exception e)
        {
            // The connection must not end before the event loop has let go of its transport.
            hub.Metrics.Faults.Add(1);
            Log.ReadingFault(logger, connection.Id, e);
        }

        if (!socket.SaidGoodbye && !connection.Completion.IsCompleted)
        {
            connection.PostTransportEnded(Disconnect.GoingAway);
        }
    }

    private static async Task CutAfterTimeoutAsync(OpenedSocket socket, Task end)
    {
        try
        {
            await end.WaitAsync(CloseTimeout);
        }
        catch (TimeoutException)
        {
            socket.Cut();
            await end;
        }
    }
}
