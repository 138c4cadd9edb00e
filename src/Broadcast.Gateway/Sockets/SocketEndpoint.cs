using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>A WebSocket without any SDK: <c>/rooms/{room}/socket</c>.</summary>
internal sealed class SocketEndpoint(
    Hub hub, Access access, UserLimit userLimit, Callers callers, PublishRates rates, Handlers handlers, Origins origins, Joining joining,
    SocketLife life, ClientHooks hooks, IOptions<BroadcastOptions> options, ILogger<SocketEndpoint> logger)
{
    private readonly BroadcastOptions _options = options.Value;

    public async Task ServeAsync(HttpContext context)
    {
        var room = context.Room();
        var asking = await callers.OfAsync(context);
        var at = new JoinAt[1];
        var refusal = Check(context, asking, room, out at[0])
            ?? await userLimit.RefuseAsync(asking.Caller.User) ?? await joining.FixAsync(context, [room], at);
        if (refusal is not null)
        {
            await refusal.WriteAsync(context);
            return;
        }

        // Asked before the upgrade, while the request is whole.
        var (envelope, mayPublish) = (context.Flag("envelope"), access.MayPublish(asking.Caller, room));
        if (await life.OpenAsync(context, _options.NotSentLowAt) is not { } socket)
        {
            return;
        }

        var dialect = envelope ? SocketDialect.InEnvelopes : SocketDialect.Bare;
        var connection = hub.Connect(socket.Transport, dialect, asking.Caller.User, asking.Caller.Proof);
        var publishing = new Publishing(hub, connection, socket, _options.MaxPublishing, logger);
        var commands = new SocketCommands(publishing, connection, room, mayPublish, envelope)
        {
            Caller = asking.Caller,
            Handlers = handlers,
            Rates = rates,
            Gate = rates.ForSocket(room, asking.Caller),
        };
        await hooks.LetInAsync(connection, asking.Caller, async () =>
        {
            await connection.PostAction(c =>
            {
                c.ExpiresAt = asking.Caller.Ends;
                c.Subscribe(room, at[0]);
            });
            return true;
        });
        await life.RunAsync(socket, connection, new WebSocketReader(_options.MaxMessageBytes, _options.MaxFragments), commands);
    }

    private Refusal? Check(HttpContext context, CallerResult asking, string room, out JoinAt at)
    {
        at = default;
        if (!origins.Admit(context))
        {
            return Refusal.OtherOrigin();
        }

        if (asking.Refusal is { } unknown)
        {
            return unknown;
        }

        if (RoomName.Refusal(room) is { } badName)
        {
            return Refusal.Bad(badName);
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
}
