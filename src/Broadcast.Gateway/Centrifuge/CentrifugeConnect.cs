using System.Reflection;

namespace Broadcast.Gateway;

/// <summary>Lets a client in, by its token or by what its request proved, and takes newer tokens. Called by the task that reads from it.</summary>
internal sealed class CentrifugeConnect(CentrifugeContext context, Connection connection, Caller asking, OpenedSocket socket)
{
    private static readonly string s_version = "Broadcast.Actors "
        + (typeof(CentrifugeConnect).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    private ITimer? _silence = EndIfSilent(context, connection);

    public bool WasTried { get; private set; }

    /// <summary>Who is connected; null before, and after a refusal.</summary>
    public Caller? Caller { get; private set; }

    /// <returns>Why the connection ends, or null.</returns>
    public async ValueTask<Disconnect?> TryAsync(ConnectCommand command)
    {
        WasTried = true;
        StopWaiting();
        var result = command.Token.Length > 0
            ? await context.Callers.OfTokenAsync(command.Token, asking.IsLoopback)
            : CallerResult.Of(asking);
        if (result.Error == ErrorCode.TokenExpired)
        {
            // The client fetches a new token and comes again.
            await connection.PostReply(text => Replies.WriteError(text, command.Id, ErrorCode.TokenExpired));
            return null;
        }

        if (result.Error is not null)
        {
            return Disconnect.InvalidToken;
        }

        if (!await context.UserLimit.MayConnectAsync(result.Caller.User))
        {
            return Disconnect.ConnectionLimit;
        }

        Caller = result.Caller;
        connection.Prove(result.Caller.User, result.Caller.Proof);
        await context.Hooks.LetInAsync(connection, result.Caller, async () =>
        {
            ConnectAnswer? answer = null;
            await connection.PostAction(c => answer = LetIn(c, command, result.Caller));

            // Nothing that follows is answered before it. A client that has gone does not wait for rooms that do not open.
            if (!answer!.Sent.IsCompleted)
            {
                await Task.WhenAny(answer.Sent, connection.Completion, socket.GoneAsync());
            }

            return answer.Sent.IsCompleted;
        });
        return null;
    }

    /// <returns>Why the connection ends, or null.</returns>
    public async ValueTask<Disconnect?> RefreshAsync(RefreshCommand command)
    {
        var result = await context.Callers.OfTokenAsync(command.Token, asking.IsLoopback);
        if (result.Error == ErrorCode.TokenExpired)
        {
            return Disconnect.ConnectionExpired;
        }

        if (result.Error is not null || result.Caller.User != Caller!.User)
        {
            return Disconnect.InvalidToken;
        }

        Caller = result.Caller;
        connection.Prove(result.Caller.User, result.Caller.Proof);
        await connection.PostAction(c =>
        {
            c.ExpiresAt = result.Caller.Ends;
            c.Reply(text => Replies.WriteRefresh(text, command.Id, c.Id, s_version, TtlOf(result.Caller)));
        });
        return null;
    }

    /// <summary>For the first command: it came, or cannot come any more.</summary>
    public void StopWaiting()
    {
        _silence?.Dispose();
        _silence = null;
    }

    /// <summary>A connection over which nobody says who he is costs as much as any other, and must end.</summary>
    private static ITimer EndIfSilent(CentrifugeContext context, Connection connection) => context.Hub.Time.CreateTimer(
        _ =>
        {
            if (!connection.Completion.IsCompleted)
            {
                context.Hub.Metrics.Refused("silence");
                _ = connection.PostClose(Disconnect.Stale);
            }
        },
        null,
        context.Options.ConnectTimeout,
        Timeout.InfiniteTimeSpan);

    /// <summary>On the loop. The rooms that the token names are subscribed to by the server; prefixes and bad names are no rooms.</summary>
    private ConnectAnswer LetIn(Connection c, ConnectCommand command, Caller caller)
    {
        c.Identify(caller.User, caller.Info, caller.Ends);
        var rooms = caller.Rooms.Where(r => RoomName.Refusal(r) is null && context.Access.MaySubscribe(caller, r))
            .Distinct(StringComparer.Ordinal).Take(context.Options.MaxRooms).ToArray();
        var result = new ConnectResult(c.Id)
        {
            Version = s_version,
            Ttl = TtlOf(caller),
            Ping = (uint)Math.Max(1, context.Options.Hub.Connections.Heartbeat.TotalSeconds),
            Pong = true,
        };
        var answer = new ConnectAnswer(command.Id, result, rooms.Length);
        answer.SendIfComplete(c);
        foreach (var room in rooms)
        {
            var sub = command.Subs.GetValueOrDefault(room) ?? new SubscribeCommand(command.Id, room);
            CentrifugeRooms.Subscribe(c, sub, context.Access.MayReadHistory(caller, room), answer);
        }

        return answer;
    }

    private uint TtlOf(Caller caller) =>
        caller.Expires is { } expires ? (uint)Math.Max(1, (expires - context.Hub.Time.GetUtcNow()).TotalSeconds) : 0;
}
