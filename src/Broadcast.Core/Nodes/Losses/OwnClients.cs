namespace Broadcast.Core;

/// <summary>The clients of this node, as far as the others were told of them. Any thread may call it.</summary>
internal sealed class OwnClients
{
    /// <summary>Characters of a user's name; of clients with a longer one the others are told nothing.</summary>
    private const int MaxUser = 1_024;

    /// <summary>Roughly the bytes of one letter, well below what any backplane takes.</summary>
    private const int MaxLetter = 16 << 10;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string? User, long Number)> _told = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _came = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ending = new(StringComparer.Ordinal);
    private readonly HashSet<string> _went = new(StringComparer.Ordinal);
    private readonly HashSet<string> _lost = new(StringComparer.Ordinal);
    private ListMark _mark = new(1, 0);

    public ListMark Mark
    {
        get
        {
            lock (_gate)
            {
                return _mark;
            }
        }
    }

    /// <summary>Whether there is something that was not told yet.</summary>
    public bool HasNews
    {
        get
        {
            lock (_gate)
            {
                return _came.Count + _went.Count > 0;
            }
        }
    }

    public void Came(string id, string? user)
    {
        if (user is not { Length: > MaxUser })
        {
            lock (_gate)
            {
                _came[id] = user;
            }
        }
    }

    /// <summary>It has gone, and whoever asks tells so.</summary>
    /// <returns>False if another node has told it already.</returns>
    public bool TryEnd(string id)
    {
        lock (_gate)
        {
            if (_lost.Remove(id))
            {
                return false;
            }

            _ending.Add(id);
            return true;
        }
    }

    /// <summary>After <see cref="TryEnd"/>: that it has gone was told.</summary>
    public void Went(string id)
    {
        lock (_gate)
        {
            _ending.Remove(id);
            if (!_came.Remove(id) && _told.ContainsKey(id))
            {
                _went.Add(id);
            }
        }
    }

    /// <summary>Takes what is to be told next; it counts as told from now on.</summary>
    /// <returns>Null if there is nothing.</returns>
    public ClientNews? Next()
    {
        lock (_gate)
        {
            if (_came.Count + _went.Count == 0)
            {
                return null;
            }

            _mark = _mark with { Number = _mark.Number + 1 };
            var (came, went, size) = (new List<ClientName>(), new List<string>(), 0);
            foreach (var (id, user) in _came)
            {
                if ((size += SizeOf(id, user)) > MaxLetter && came.Count > 0)
                {
                    break;
                }

                came.Add(new ClientName(id, user));
                _told[id] = (user, _mark.Number);
                _came.Remove(id);
            }

            foreach (var id in _went)
            {
                if ((size += SizeOf(id, null)) > MaxLetter && came.Count + went.Count > 0)
                {
                    break;
                }

                went.Add(id);
                _told.Remove(id);
                _went.Remove(id);
            }

            return new ClientNews(_mark, came, went);
        }
    }

    /// <returns>All that was told, in pages.</returns>
    public IReadOnlyList<ClientNews> All()
    {
        lock (_gate)
        {
            var (pages, size) = (new List<List<ClientName>> { new() }, 0);
            foreach (var (id, (user, _)) in _told)
            {
                if ((size += SizeOf(id, user)) > MaxLetter && pages[^1].Count > 0)
                {
                    pages.Add([]);
                    size = SizeOf(id, user);
                }

                pages[^1].Add(new ClientName(id, user));
            }

            return [.. pages.Select((p, i) => new ClientNews(_mark, p, [], i, pages.Count))];
        }
    }

    /// <summary>Other nodes have told that whom this one had up to there has gone. A new list begins, with those who came later.</summary>
    /// <returns>Who is to be ended; none if that is known already.</returns>
    public IReadOnlyList<ClientName> Lose(ListMark upTo)
    {
        lock (_gate)
        {
            if (upTo.Generation != _mark.Generation)
            {
                return [];
            }

            var lost = new List<ClientName>();
            foreach (var (id, (user, number)) in _told)
            {
                if (_went.Contains(id))
                {
                    continue;
                }

                if (number > upTo.Number)
                {
                    _came[id] = user;
                }
                else if (!_ending.Contains(id))
                {
                    _lost.Add(id);
                    lost.Add(new ClientName(id, user));
                }
            }

            _told.Clear();
            _went.Clear();
            _mark = new ListMark(_mark.Generation + 1, 0);
            return lost;
        }
    }

    private static int SizeOf(string id, string? user) => id.Length + (3 * (user?.Length ?? 0)) + 24;
}
