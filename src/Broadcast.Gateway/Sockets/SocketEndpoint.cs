using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>A WebSocket without any SDK: <c>/rooms/{room}/socket</c>.</summary>
internal sealed class SocketEndpoint(
    Hub hub, Access access, Callers callers, PublishRates rates, Origins origins, IOptions<BroadcastOptions> options)
{
    /// <summary>How long a client has to answer the close frame before its connection is cut.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly BroadcastOptions _options = options.Value;

    public async Task ServeAsync(HttpContext context)
    {
        var room = context.Room();
        var asking = await callers.OfAsync(context);
        var at = new JoinAt[1];
        if ((Check(context, asking, room, out at[0]) ?? await Joining.FixAsync(hub, [room], at, context.RequestAborted)) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        if (!hub.TryReserve())
        {
            await Refusal.Full().WriteAsync(context);
            return;
        }

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

        await ServeAsync(context, asking.Caller, socket, room, at[0]);
    }

    private Refusal? Check(HttpContext context, CallerResult asking, string room, out JoinAt at)
    {
        at = default;
        if (RoomName.Refusal(room) is { } badName)
        {
            return Refusal.Bad(badName);
        }

        if (!origins.Admit(context))
        {
            return Refusal.Forbidden("This origin is not allowed.");
        }

        if (asking.Refusal is { } unknown)
        {
            return unknown;
        }

        if (!access.MaySubscribe(asking.Caller, room))
        {
            return Refusal.Forbidden("Subscribing to this room is not permitted.");
        }

        var since = context.Request.Query["since"].ToString();
        if (!Requests.TryReadPosition(since, out at))
        {
            return Requests.BadPosition("since", since);
        }

        if (at != JoinAt.Now && !access.MayReadHistory(asking.Caller, room))
        {
            return Refusal.Forbidden("Reading this room's history is not permitted.");
        }

        return Upgrade.Refusal(context) is var (status, message) ? new Refusal(status, ErrorCode.BadRequest, message) : null;
    }

    private async Task ServeAsync(HttpContext context, Caller caller, OpenedSocket socket, string room, JoinAt at)
    {
        var envelope = context.Flag("envelope");
        var connection = hub.Connect(socket.Transport, envelope ? SocketDialect.InEnvelopes : SocketDialect.Bare, caller.User);
        using var reader = new WebSocketReader(_options.MaxMessageBytes, _options.MaxFragments);
        var commands = new SocketCommands(hub, connection, room, access.MayPublish(caller, room), envelope, _options.MaxPublishing)
        {
            Rates = rates,
            Gate = rates.ForSocket(room, caller),
        };
        if (caller.Ends is { } end)
        {
            await connection.PostAction(c => c.ExpiresAt = end);
        }

        await connection.PostSubscribe(room, at);
        var reading = ReadAsync(new SocketInput(socket.Input, connection, reader, commands));
        await Task.WhenAny(reading, connection.Completion);
        if (reading.IsCompleted && !await reading)
        {
            connection.PostTransportEnded(Disconnect.GoingAway);
        }

        await connection.Completion;
        await CutAfterTimeoutAsync(context, Task.WhenAll(reading, socket.Transport.Flushed));
    }

    /// <returns>Whether the client said that it goes.</returns>
    private static async Task<bool> ReadAsync(SocketInput input)
    {
        try
        {
            return await input.ReadAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException
            or Microsoft.AspNetCore.Connections.ConnectionResetException or System.Net.WebSockets.WebSocketException)
        {
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
