namespace Broadcast.Core;

/// <summary>The clients of one other node, as far as it told of them. Under the lock of <see cref="Losses"/>.</summary>
/// <param name="since">When it was first heard to tell of clients, a timestamp.</param>
/// <param name="bound">Shared by the lists of all nodes.</param>
internal sealed class OthersClients(NodeInfo node, long since, Remembered bound)
{
    /// <summary>Batches that wait for the whole list; beyond it they are dropped, and the list is asked for again.</summary>
    private const int MaxHeld = 256;

    private readonly Dictionary<string, string?> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private readonly List<ClientNews> _held = [];
    private readonly List<ClientNews> _pages = [];
    private long? _expected;

    /// <summary>As it described itself when it was last heard.</summary>
    public NodeInfo Node { get; set; } = node;

    public long Since { get; } = since;

    /// <summary>When it was last heard, a timestamp.</summary>
    public long HeardAt { get; set; }

    /// <summary>When it was found to be gone, a timestamp; null while it is heard.</summary>
    public long? GoneAt { get; set; }

    /// <summary>The id of the node that is about to tell of its loss, with the lowest id if several are; null if none is.</summary>
    public string? Claimer { get; set; }

    /// <summary>Whether that one tells of it already.</summary>
    public bool IsBegun { get; set; }

    /// <summary>When the whole list was asked for, or last went on, a timestamp; null if nothing is waited for.</summary>
    public long? AskedAt { get; private set; }

    /// <summary>What the list is up to.</summary>
    public ListMark Mark { get; private set; }

    public IReadOnlyDictionary<string, string?> Clients => _clients;

    public IReadOnlyDictionary<string, int> Users => _users;

    /// <summary>The whole list has been asked for.</summary>
    public void Asked(long now)
    {
        AskedAt = now;
        _pages.Clear();
    }

    /// <summary>A heartbeat says how far the node has told.</summary>
    /// <returns>Whether something is missing here. What was told just before a heartbeat may come just after it, so that only the next one shows.</returns>
    public bool IsBehind(ListMark mark)
    {
        if (mark.Generation > Mark.Generation)
        {
            Begin(mark.Generation);
        }

        var expected = _expected ?? mark.Number;
        _expected = mark.Number;
        return Mark.Number < expected;
    }

    /// <returns>Whether the whole list must be asked for.</returns>
    public bool Take(ClientNews news, long now)
    {
        if (news.Mark.Generation < Mark.Generation)
        {
            return false;
        }

        if (news.Mark.Generation > Mark.Generation)
        {
            Begin(news.Mark.Generation);
        }

        return news.Pages > 0 ? TakePage(news, now) : TakeBatch(news);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        bound.Count -= _clients.Count;
        _clients.Clear();
        _users.Clear();
    }

    private void Begin(int generation)
    {
        Clear();
        _held.Clear();
        _pages.Clear();
        (Mark, AskedAt, _expected) = (new ListMark(generation, 0), null, null);
    }

    private bool TakeBatch(ClientNews batch)
    {
        if (batch.Mark.Number <= Mark.Number)
        {
            return false;
        }

        if (batch.Mark.Number == Mark.Number + 1 && AskedAt is null)
        {
            Apply(batch);
            return false;
        }

        if (_held.Count == MaxHeld)
        {
            _held.Clear();
        }

        _held.Add(batch);
        return AskedAt is null;
    }

    private bool TakePage(ClientNews page, long now)
    {
        if (AskedAt is null)
        {
            return false;
        }

        if (page.Page == 0)
        {
            _pages.Clear();
        }

        if (page.Page != _pages.Count || (_pages.Count > 0 && _pages[0].Mark != page.Mark))
        {
            return false;
        }

        _pages.Add(page);
        AskedAt = now;
        if (_pages.Count < page.Pages)
        {
            return false;
        }

        Clear();
        foreach (var client in _pages.SelectMany(p => p.Came))
        {
            Add(client);
        }

        _pages.Clear();
        (Mark, AskedAt) = (page.Mark, null);
        foreach (var batch in _held.Where(h => h.Mark.Number > Mark.Number).OrderBy(h => h.Mark.Number).ToArray())
        {
            if (batch.Mark.Number == Mark.Number + 1)
            {
                Apply(batch);
            }
        }

        _held.RemoveAll(h => h.Mark.Number <= Mark.Number);
        return _held.Count > 0;
    }

    private void Apply(ClientNews batch)
    {
        foreach (var client in batch.Came)
        {
            Add(client);
        }

        foreach (var id in batch.Went)
        {
            Remove(id);
        }

        Mark = batch.Mark;
    }

    private void Add(ClientName client)
    {
        Remove(client.Id);
        if (!bound.TryAdd())
        {
            return;
        }

        _clients[client.Id] = client.User;
        if (client.User is { } user)
        {
            _users[user] = _users.GetValueOrDefault(user) + 1;
        }
    }

    private void Remove(string id)
    {
        if (!_clients.Remove(id, out var user))
        {
            return;
        }

        bound.Count--;
        if (user is not null && --_users[user] == 0)
        {
            _users.Remove(user);
        }
    }
}
