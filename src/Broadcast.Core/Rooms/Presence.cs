using System.Runtime.InteropServices;

namespace Broadcast.Core;

/// <summary>Who is in a room on this node. Any thread may call it.</summary>
public sealed class Presence
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ClientInfo> _members = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _members.Count;
            }
        }
    }

    /// <summary>Different users; the anonymous are one.</summary>
    public int UserCount
    {
        get
        {
            lock (_gate)
            {
                return _users.Count;
            }
        }
    }

    /// <returns>All members, or null if there are more than <paramref name="most"/>.</returns>
    public IReadOnlyList<ClientInfo>? Members(int most)
    {
        lock (_gate)
        {
            return _members.Count > most ? null : [.. _members.Values];
        }
    }

    internal int Add(ClientInfo member)
    {
        lock (_gate)
        {
            _members.Add(member.Client, member);
            _users[member.User] = _users.GetValueOrDefault(member.User) + 1;
            return _members.Count;
        }
    }

    internal int Remove(string client)
    {
        lock (_gate)
        {
            if (_members.Remove(client, out var member) && --CollectionsMarshal.GetValueRefOrNullRef(_users, member.User) == 0)
            {
                _users.Remove(member.User);
            }

            return _members.Count;
        }
    }
}
