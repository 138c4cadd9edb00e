namespace Broadcast.Example;

/// <summary>All hooks there are; of one kind two.</summary>
internal static class JournalHooks
{
    public static void MapJournal(this IEndpointRouteBuilder app)
    {
        app.OnConnected((IConnection connection, Journal journal, CancellationToken late) => journal.WriteAsync("came", connection.Id, connection.User, cancellation: late));
        app.OnConnected((IConnection connection, Journal journal, CancellationToken late) => journal.WriteAsync("came, told again", connection.Id, connection.User, cancellation: late));
        app.OnDisconnected((IConnection connection, Disconnect reason, Journal journal, CancellationToken late) => journal.WriteAsync("went", connection.Id, connection.User, reason, late));
        app.OnUserOnline((string user, Journal journal, CancellationToken late) => journal.WriteAsync("user.online", user: user, cancellation: late));
        app.OnUserOffline((string user, Journal journal, CancellationToken late) => journal.WriteAsync("user.offline", user: user, cancellation: late));
    }
}
