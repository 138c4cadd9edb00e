namespace Broadcast.Core;

/// <summary>A member of a room, as others see it.</summary>
public readonly record struct Member(string Client, string? User);

/// <summary>Who is in a room on this node. Any thread may call it.</summary>
public sealed class Presence
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Member> _members = new(StringComparer.Ordinal);

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

    /// <returns>All members, or null if there are more than <paramref name="most"/>.</returns>
    public IReadOnlyList<Member>? Members(int most)
    {
        lock (_gate)
        {
            return _members.Count > most ? null : [.. _members.Values];
        }
    }

    internal int Add(Member member)
    {
        lock (_gate)
        {
            _members[member.Client] = member;
            return _members.Count;
        }
    }

    internal int Remove(string client)
    {
        lock (_gate)
        {
            _members.Remove(client);
            return _members.Count;
        }
    }
}
