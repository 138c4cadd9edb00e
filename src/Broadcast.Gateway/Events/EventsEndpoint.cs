using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>Server-sent events: <c>/rooms/{room}/events</c>, and <c>/events?room=a&amp;room=b</c>.</summary>
internal sealed class EventsEndpoint(
    Hub hub, Access access, UserLimit userLimit, Callers callers, Origins origins, Joining joining, TransportMetrics transports,
    ClientHooks hooks, IOptions<BroadcastOptions> options)
{
    private const int MaxRooms = 16;
    private const string LastEventId = "Last-Event-ID";
    private const string MediaType = "text/event-stream";
    private const string ContentType = MediaType + "; charset=utf-8";
    private const string CacheControl = "no-cache, no-store, no-transform";

    /// <summary>How long the last bytes may be on their way through a pipe.</summary>
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    private readonly BroadcastOptions _options = options.Value;

    public Task ServeRoomAsync(HttpContext context) => ServeAsync(context, [context.Room()]);

    public Task ServeRoomsAsync(HttpContext context) => ServeAsync(
        context, context.Request.Query["room"] is { Count: > 0 } rooms ? [.. rooms.Select(r => r ?? "")] : [BroadcastEndpoint.DefaultRoom]);

    private async Task ServeAsync(HttpContext context, string[] rooms)
    {
        var asking = await callers.OfAsync(context);
        var refusal = Check(context, asking, rooms, out var at)
            ?? await userLimit.RefuseAsync(asking.Caller.User) ?? await joining.FixAsync(context, rooms, at);
        if (refusal is not null)
        {
            await RefuseAsync(context, refusal);
            return;
        }

        if (!hub.TryReserve())
        {
            await RefuseAsync(context, Refusal.NoPlace(hub));
            return;
        }

        ClientTransport transport;
        bool isDirect;
        try
        {
            (transport, isDirect) = await OpenAsync(context);
        }
        catch
        {
            hub.GiveBack();
            throw;
        }

        transports.Count(transport);
        var dialect = new EventDialect(rooms.Length, context.Flag("envelope"), isDirect, HeartbeatOf(context) == "event", _options.Retry);
        var connection = hub.Connect(transport, dialect, asking.Caller.User, asking.Caller.Proof);
        if (asking.Caller.Ends is { } end)
        {
            await connection.PostAction(c => c.ExpiresAt = end);
        }

        await using var left = context.RequestAborted.UnsafeRegister(
            static c => ((Connection)c!).PostTransportEnded(Disconnect.GoingAway), connection);

        await hooks.LetInAsync(connection, asking.Caller, async () =>
        {
            // All at once: the id of the first event already has a position for each.
            await connection.PostAction(c =>
            {
                for (var i = 0; i < rooms.Length; i++)
                {
                    c.Subscribe(rooms[i], at[i]);
                }
            });
            return true;
        });
        if (await connection.Completion == Disconnect.Shutdown)
        {
            // The client comes back, and not over this connection.
            LastRequests.CloseAfter(context);
        }

        await FlushAsync(context, transport);
    }

    /// <summary>
    /// A status other than 200 ends an EventSource for good (WHATWG HTML, 9.2.3), also if it only came back to a node that stops: it gets a
    /// stream that asks it to come again, and ends.
    /// </summary>
    private Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        if (!refusal.IsStopping || !context.Request.Headers.Accept.ToString().Contains(MediaType, StringComparison.OrdinalIgnoreCase))
        {
            return refusal.WriteAsync(context);
        }

        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = CacheControl;
        return context.Response.Body.WriteAsync(EventDialect.ComeAgain(_options.Retry)).AsTask();
    }

    private Refusal? Check(HttpContext context, CallerResult asking, string[] rooms, out JoinAt[] at)
    {
        at = [];
        if (!origins.Admit(context))
        {
            return Refusal.OtherOrigin();
        }

        if (rooms.Length > MaxRooms)
        {
            return Refusal.Bad($"Name 1 to {MaxRooms} rooms, as in /events?room=a&room=b; this names {rooms.Length}.");
        }

        if (rooms.Distinct(StringComparer.Ordinal).Count() < rooms.Length)
        {
            return Refusal.Bad("A room is named twice.");
        }

        if (asking.Refusal is { } unknown)
        {
            return unknown;
        }

        if (HeartbeatOf(context) is not ("" or "comment" or "event"))
        {
            return Refusal.Bad($"heartbeat is '{Requests.Shortened(HeartbeatOf(context))}'; it may be comment or event.");
        }

        foreach (var room in rooms)
        {
            if (RoomName.Refusal(room) is { } badName)
            {
                return Refusal.Bad(badName);
            }

            if (!access.MaySubscribe(asking.Caller, room))
            {
                return Refusal.Forbidden($"Subscribing to {room} is not permitted.");
            }
        }

        return ReadPositions(context, asking.Caller, rooms, out at);
    }

    private Refusal? ReadPositions(HttpContext context, Caller caller, string[] rooms, out JoinAt[] at)
    {
        at = new JoinAt[rooms.Length];
        var (parameter, text) = PositionsOf(context);
        if (text.Length == 0)
        {
            return null;
        }

        var positions = text.Split(',');
        if (positions.Length != rooms.Length && text is not ("start" or "now"))
        {
            return Refusal.Bad($"{parameter} has {positions.Length} positions for {rooms.Length} rooms; name one per room, in the order of the rooms, joined by commas.");
        }

        for (var i = 0; i < rooms.Length; i++)
        {
            var position = positions.Length == 1 ? positions[0] : positions[i];
            if (!Requests.TryReadPosition(position.Trim(), out at[i]))
            {
                return Requests.BadPosition(parameter, position);
            }

            if (at[i] == JoinAt.Now || access.MayReadHistory(caller, rooms[i]))
            {
                continue;
            }

            if (parameter != LastEventId || at[i].Position is null)
            {
                return Refusal.Forbidden($"Reading the history of {rooms[i]} is not permitted.");
            }

            // EventSource gives our own ids back by itself, and a refusal would end it for good: it goes on with what comes now.
            at[i] = JoinAt.Now;
        }

        return null;
    }

    private static string HeartbeatOf(HttpContext context) => context.Request.Query["heartbeat"].ToString();

    /// <summary>The header wins: it is what EventSource sends when it reconnects to the very URL that began elsewhere.</summary>
    private static (string Parameter, string Text) PositionsOf(HttpContext context)
    {
        var header = context.Request.Headers[LastEventId].ToString();
        if (header.Length > 0)
        {
            return (LastEventId, header);
        }

        var query = context.Request.Query["last_event_id"].ToString();
        return query.Length > 0 ? ("last_event_id", query) : ("since", context.Request.Query["since"].ToString());
    }

    /// <summary>Sends the headers, and finds out whether events can go to the socket itself.</summary>
    private async Task<(ClientTransport Transport, bool IsDirect)> OpenAsync(HttpContext context)
    {
        Upgrade.LetLast(context);
        var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        body.DisableBuffering();
        var headers = context.Response.Headers;
        headers.ContentType = ContentType;
        headers.CacheControl = CacheControl;
        headers["X-Accel-Buffering"] = "no";
        var isHttp11 = context.Request.Protocol == HttpProtocol.Http11;
        if (isHttp11)
        {
            headers.Connection = "keep-alive";
        }

        // A body that the application wrapped (to compress it, say) is not the server's own, and must not be gone around.
        var isOwnBody = ReferenceEquals(body, context.Features.Get<IHttpRequestLifetimeFeature>());
        var direct = isOwnBody ? Upgrade.DirectOf(context) : null;
        ClientTransport transport = direct is null
            ? new StreamTransport(context.Response.Body, context.Abort)
            : new DirectTransport(direct, _options.NotSentLowAt);
        var isDirect = direct is not null;
        if (isDirect)
        {
            // The server then leaves the body to us as it is.
            headers.TransferEncoding = "chunked";
        }

        await context.Response.StartAsync();
        await context.Response.Body.FlushAsync();
        return (transport, isDirect);
    }

    private static async Task FlushAsync(HttpContext context, ClientTransport transport)
    {
        try
        {
            await transport.Flushed.WaitAsync(FlushTimeout);
        }
        catch (TimeoutException)
        {
            context.Abort();
            await transport.Flushed;
        }
    }
}
