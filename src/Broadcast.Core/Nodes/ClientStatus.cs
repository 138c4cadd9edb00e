namespace Broadcast.Core;

/// <summary>A connected client, at one moment.</summary>
/// <param name="Path">How it is connected: <see cref="Dialect.Name"/>.</param>
/// <param name="Since">When it connected.</param>
public sealed record ClientStatus(string Client, string? User, string Path, IReadOnlyList<string> Rooms, DateTimeOffset Since)
{
    /// <summary>What the application knows of it; null for nothing.</summary>
    public SessionAttributes? Attributes { get; init; }

    /// <summary>When something last came from it.</summary>
    public DateTimeOffset LastActivity { get; init; }

    /// <summary>On the connection's loop.</summary>
    internal static ClientStatus Of(Connection connection) => new(
        connection.Id,
        connection.User,
        connection.Dialect.Name,
        [.. connection.Subscriptions.Select(s => s.Room.Name)],
        connection.Since)
    {
        Attributes = connection.Session.Attributes is { Count: > 0 } attributes ? attributes : null,
        LastActivity = connection.LastActivity,
    };
}

/// <summary>The clients of a user on one node.</summary>
/// <param name="Count">All of them.</param>
/// <param name="Clients">At most 1,000 of them.</param>
public sealed record ClientList(int Count, IReadOnlyList<ClientStatus> Clients);
