namespace Broadcast.Core;

/// <summary>Who is in a room on this node. Any thread may call it; the lock is its own monitor, as it is for all that a room has one of.</summary>
internal sealed class Presence
{
    /// <summary>Up to so many are a plain list: most rooms have few members, and dictionaries cost more than all the rest of such a room.</summary>
    private const int Few = 8;

    private ClientInfo[] _few = [];
    private Crowd? _crowd;

    internal Presence()
    {
    }

    public int Count
    {
        get
        {
            lock (this)
            {
                return _crowd?.Count ?? _few.Length;
            }
        }
    }

    /// <summary>Different users; the anonymous are one.</summary>
    public int UserCount
    {
        get
        {
            lock (this)
            {
                return _crowd?.UserCount ?? _few.DistinctBy(m => m.User, StringComparer.Ordinal).Count();
            }
        }
    }

    /// <returns>Different users, the anonymous as one without a name; or null if there are more than <paramref name="most"/>.</returns>
    public IReadOnlyList<string>? Users(int most)
    {
        lock (this)
        {
            return UserCount > most ? null : _crowd?.Users() ?? [.. _few.Select(m => m.User).Distinct(StringComparer.Ordinal)];
        }
    }

    /// <returns>All members, or null if there are more than <paramref name="most"/>.</returns>
    public IReadOnlyList<ClientInfo>? Members(int most)
    {
        lock (this)
        {
            return Count > most ? null : _crowd?.Members() ?? _few;
        }
    }

    internal int Add(ClientInfo member)
    {
        lock (this)
        {
            if (_crowd is null && _few.Length < Few)
            {
                _few = [.. _few, member];
            }
            else
            {
                _crowd ??= new Crowd(_few);
                _few = [];
                _crowd.Add(member);
            }

            return Count;
        }
    }

    internal int Remove(string client)
    {
        lock (this)
        {
            if (_crowd is null)
            {
                _few = Array.FindAll(_few, m => m.Client != client);
            }
            else
            {
                _crowd.Remove(client);
                _crowd = _crowd.Count > 0 ? _crowd : null;
            }

            return Count;
        }
    }
}
