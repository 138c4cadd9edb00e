namespace Broadcast.Core;

/// <summary>Who is in a room on this node. Any thread may call it.</summary>
public sealed class Presence
{
    /// <summary>Up to so many are a plain list: most rooms have few members, and dictionaries cost more than all the rest of such a room.</summary>
    private const int Few = 8;

    private readonly object _gate;
    private ClientInfo[] _few = [];
    private Crowd? _crowd;

    /// <param name="gate">Its room's lock.</param>
    internal Presence(object gate) => _gate = gate;

    public int Count
    {
        get
        {
            lock (_gate)
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
            lock (_gate)
            {
                return _crowd?.UserCount ?? _few.DistinctBy(m => m.User, StringComparer.Ordinal).Count();
            }
        }
    }

    /// <returns>All members, or null if there are more than <paramref name="most"/>.</returns>
    public IReadOnlyList<ClientInfo>? Members(int most)
    {
        lock (_gate)
        {
            return Count > most ? null : _crowd?.Members() ?? _few;
        }
    }

    internal int Add(ClientInfo member)
    {
        lock (_gate)
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
        lock (_gate)
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
