using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>A WebSocket without any SDK: <c>/rooms/{room}/socket</c>.</summary>
internal sealed class SocketEndpoint(
    Hub hub, Access access, Origins origins, Joining joining, TransportMetrics transports, IOptions<BroadcastOptions> options,
    ILogger<SocketEndpoint> logger)
{
    /// <summary>How long a client has to answer the close frame before its connection is cut.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly BroadcastOptions _options = options.Value;

    public async Task ServeAsync(HttpContext context)
    {
        var room = context.Room();
        var at = new JoinAt[1];
        if ((Check(context, room, out at[0]) ?? await joining.FixAsync(context, [room], at)) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        if (!hub.TryReserve())
        {
            await Refusal.Full().WriteAsync(context);
            return;
        }

        // Asked before the upgrade, while the request is whole.
        var (envelope, mayPublish) = (context.Flag("envelope"), access.MayPublish(context, room));
        OpenedSocket socket;
        try
        {
            socket = await Upgrade.AcceptAsync(context, _options.NotSentLowAt);
        }
        catch
        {
            hub.GiveBack();
            throw;
        }

        transports.Count(socket.Transport);
        var connection = hub.Connect(socket.Transport, envelope ? SocketDialect.InEnvelopes : SocketDialect.Bare);

        // Not the end of reading: what it sent before it went is still published.
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var aborted = context.RequestAborted.UnsafeRegister(static g => ((TaskCompletionSource)g!).TrySetResult(), gone);
        var commands = new SocketCommands(hub, connection, room, mayPublish, envelope, _options.MaxPublishing, gone.Task, logger);
        await ServeAsync(context, socket, connection, commands, room, at[0]);
    }

    private Refusal? Check(HttpContext context, string room, out JoinAt at)
    {
        at = default;
        if (!origins.Admit(context))
        {
            return Refusal.Forbidden("This origin is not allowed.");
        }

        if (RoomName.Refusal(room) is { } badName)
        {
            return Refusal.Bad(badName);
        }

        if (!access.MaySubscribe(context, room))
        {
            return Refusal.Forbidden("Subscribing to this room is not permitted.");
        }

        var since = context.Request.Query["since"].ToString();
        if (!Requests.TryReadPosition(since, out at))
        {
            return Requests.BadPosition("since", since);
        }

        if (at != JoinAt.Now && !access.MayReadHistory(context, room))
        {
            return Refusal.Forbidden("Reading this room's history is not permitted.");
        }

        return Upgrade.Refusal(context) is var (status, message) ? new Refusal(status, ErrorCode.BadRequest, message) : null;
    }

    private async Task ServeAsync(HttpContext context, OpenedSocket socket, Connection connection, SocketCommands commands, string room, JoinAt at)
    {
        using var reader = new WebSocketReader(_options.MaxMessageBytes, _options.MaxFragments);
        await connection.PostSubscribe(room, at);
        var reading = ReadAsync(new SocketInput(socket.Input, connection, reader, commands), connection);
        await Task.WhenAny(reading, connection.Completion);
        if (reading.IsCompleted && !await reading)
        {
            connection.PostTransportEnded(Disconnect.GoingAway);
        }

        await connection.Completion;
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
            or Microsoft.AspNetCore.Connections.ConnectionAbortedException or System.Net.WebSockets.WebSocketException)
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
