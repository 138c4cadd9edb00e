using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>A WebSocket without any SDK: <c>/rooms/{room}/socket</c>.</summary>
internal sealed class SocketEndpoint(
    Hub hub, Access access, Callers callers, PublishRates rates, Origins origins, IOptions<BroadcastOptions> options)
{
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
        await SocketLife.RunAsync(context, socket, connection, reader, commands);
    }
}
