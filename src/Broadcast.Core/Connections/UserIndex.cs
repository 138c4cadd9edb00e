using System.Runtime.InteropServices;

namespace Broadcast.Core;

/// <summary>The connections of each user on this node; the anonymous are not in it. Any thread may read it; each connection's loop keeps it.</summary>
internal sealed class UserIndex
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<Connection>> _users = new(StringComparer.Ordinal);

    internal UserIndex()
    {
    }

    public int Count(string user)
    {
        lock (_gate)
        {
            return _users.GetValueOrDefault(user)?.Count ?? 0;
        }
    }

    public IReadOnlyList<Connection> Of(string user)
    {
        lock (_gate)
        {
            return _users.TryGetValue(user, out var connections) ? [.. connections] : [];
        }
    }

    /// <summary>All who are somebody, in no order.</summary>
    internal IReadOnlyList<Connection> All()
    {
        lock (_gate)
        {
            return [.. _users.Values.SelectMany(c => c)];
        }
    }

    internal void Add(Connection connection)
    {
        if (connection.User is not { } user)
        {
            return;
        }

        lock (_gate)
        {
            ref var connections = ref CollectionsMarshal.GetValueRefOrAddDefault(_users, user, out _);
            connections ??= new(1);
            connections.Add(connection);
        }
    }

    internal void Remove(Connection connection)
    {
        if (connection.User is not { } user)
        {
            return;
        }

        lock (_gate)
        {
            if (_users.TryGetValue(user, out var connections) && connections.Remove(connection) && connections.Count == 0)
            {
                _users.Remove(user);
            }
        }
    }
}
