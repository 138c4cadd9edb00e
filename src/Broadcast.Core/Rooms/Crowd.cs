using System.Runtime.InteropServices;

namespace Broadcast.Core;

/// <summary>The members of a room that has many. Touched under the lock of its presence.</summary>
internal sealed class Crowd
{
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ClientInfo> _members = new(StringComparer.Ordinal);

    public Crowd(IEnumerable<ClientInfo> members)
    {
        foreach (var member in members)
        {
            Add(member);
        }
    }

    public int Count => _members.Count;

    public int UserCount => _users.Count;

    public IReadOnlyList<string> Users() => [.. _users.Keys];

    public IReadOnlyList<ClientInfo> Members() => [.. _members.Values];

    public void Add(ClientInfo member)
    {
        _members.Add(member.Client, member);
        _users[member.User] = _users.GetValueOrDefault(member.User) + 1;
    }

    public void Remove(string client)
    {
        if (_members.Remove(client, out var member) && --CollectionsMarshal.GetValueRefOrNullRef(_users, member.User) == 0)
        {
            _users.Remove(member.User);
        }
    }
}
