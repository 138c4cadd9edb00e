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
    /// <returns>Null if the node is full; the request has its answer then.</returns>
    public async Task<OpenedSocket?> OpenAsync(HttpContext context, int notSentLowAt, string? subprotocol = null)
    {
        if (!hub.TryReserve())
        {
            await Refusal.Full().WriteAsync(context);
            return null;
        }

        try
        {
            return await Upgrade.AcceptAsync(context, notSentLowAt, subprotocol);
        }
        catch
        {
            hub.GiveBack();
            throw;
        }
    }

    public async Task RunAsync(
        HttpContext context, OpenedSocket socket, Connection connection, WebSocketReader reader, ISocketMessages messages)
    {
        transports.Count(socket.Transport);
        var reading = ReadAsync(new SocketInput(socket.Input, connection, reader, messages), connection);
        await Task.WhenAny(reading, connection.Completion);
        if (reading.IsCompleted && !await reading)
        {
            connection.PostTransportEnded(Disconnect.GoingAway);
        }

        await connection.Completion;
        if (reader.Violation?.Code == Disconnect.MessageTooBig.Code)
        {
            hub.Metrics.Refused("size");
        }

        await CutAfterTimeoutAsync(context, Task.WhenAll(reading, socket.Transport.Flushed));
    }

    /// <returns>Whether the client said that it goes.</returns>
    private async Task<bool> ReadAsync(SocketInput input, Connection connection)
    {
        try
        {
            return await input.ReadAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException
            or ConnectionAbortedException or System.Net.WebSockets.WebSocketException)
        {
            return false;
        }
        catch (Exception e)
        {
            // The request must not end before the event loop has let go of its transport.
            hub.Metrics.Faults.Add(1);
            Log.ReadingFault(logger, connection.Id, e);
            return false;
        }
    }

    private static async Task CutAfterTimeoutAsync(HttpContext context, Task end)
    {
        try
        {
            await end.WaitAsync(CloseTimeout);
        }
        catch (TimeoutException)
        {
            context.Abort();
            await end;
        }
    }
}
