using System.Runtime.InteropServices;

namespace Broadcast.Core;

/// <summary>The connections of each user on this node; the anonymous are not in it. Any thread may read it; each connection's loop keeps it, and never waits for who reads.</summary>
internal sealed class UserIndex
{
    private readonly LateChanges<(Connection Connection, string User, bool HasGone)> _guard;
    private readonly Dictionary<string, HashSet<Connection>> _users = new(StringComparer.Ordinal);

    internal UserIndex() => _guard = new(Make);

    public int Count(string user) => _guard.Read(() => _users.GetValueOrDefault(user)?.Count ?? 0);

    public IReadOnlyList<Connection> Of(string user) =>
        _guard.Read<Connection[]>(() => _users.TryGetValue(user, out var connections) ? [.. connections] : []);

    /// <summary>All who are somebody, in no order.</summary>
    internal IReadOnlyList<Connection> All() => _guard.Read<Connection[]>(() => [.. _users.Values.SelectMany(c => c)]);

    internal void Add(Connection connection)
    {
        if (connection.User is { } user)
        {
            _guard.Add((connection, user, HasGone: false));
        }
    }

    internal void Remove(Connection connection)
    {
        if (connection.User is { } user)
        {
            _guard.Add((connection, user, HasGone: true));
        }
    }

    /// <summary>Under the guard.</summary>
    private void Make((Connection Connection, string User, bool HasGone) change)
    {
        if (!change.HasGone)
        {
            ref var connections = ref CollectionsMarshal.GetValueRefOrAddDefault(_users, change.User, out _);
            connections ??= new(1);
            connections.Add(change.Connection);
        }
        else if (_users.TryGetValue(change.User, out var connections) && connections.Remove(change.Connection) && connections.Count == 0)
        {
            _users.Remove(change.User);
        }
    }
}
