namespace Broadcast.Example;

/// <summary>All hooks there are; of one kind two.</summary>
internal static class JournalHooks
{
    public static void MapJournal(this IEndpointRouteBuilder app)
    {
        app.OnConnected((IConnection connection, Journal journal) => journal.WriteAsync("came", connection.Id, connection.User));
        app.OnConnected((IConnection connection, Journal journal) => journal.WriteAsync("came, told again", connection.Id, connection.User));
        app.OnDisconnected((IConnection connection, Disconnect reason, Journal journal) => journal.WriteAsync("went", connection.Id, connection.User, reason));
        app.OnUserOnline((string user, Journal journal) => journal.WriteAsync("user.online", user: user));
        app.OnUserOffline((string user, Journal journal) => journal.WriteAsync("user.offline", user: user));
    }
}
