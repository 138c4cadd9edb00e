namespace Broadcast.Core;

/// <summary>
/// What a client gets before its cursor goes on: the gap it is to be told of, and entries the window does not have, or not in that order. Touched
/// by its connection's event loop only. Most subscriptions have none most of the time.
/// </summary>
internal sealed class Detour
{
    private LogEntry[] _entries = [];
    private int _at;
    private StreamPosition? _end;
    private LogEntry? _gap;
    private StreamPosition _untold;

    /// <summary>Whether all of its entries were sent.</summary>
    public bool IsUsedUp => _at == _entries.Length;

    public bool IsEmpty => _gap is null && IsUsedUp;

    /// <summary>A gap the client was not told of yet.</summary>
    public Gap? Gap => _gap?.Notice as Gap;

    /// <summary>Where the client is as long as it was not told of the gap; null if there is none.</summary>
    public StreamPosition? Untold => _gap is null ? null : _untold;

    /// <summary>Of the next entry.</summary>
    public long NextSequence => Next.Sequence;

    /// <summary>There is one unless it is used up.</summary>
    public LogEntry Next => _entries[_at];

    /// <param name="untold">Where the client is until then.</param>
    public void Tell(LogEntry gap, StreamPosition untold) => (_gap, _untold) = (gap, untold);

    /// <param name="end">Where they lead to, if that is further than the last of them.</param>
    public void Lead(LogEntry[] entries, StreamPosition? end = null) => (_entries, _at, _end) = (entries, 0, end);

    /// <summary>Whether an entry of the log is among those that were not sent yet.</summary>
    public bool Has(long sequence) => Array.FindIndex(_entries, _at, e => e.Sequence == sequence) >= 0;

    /// <summary>Lets the entries go that were not sent.</summary>
    public void Drop() => Lead([]);

    /// <summary>Gives what goes into the present send.</summary>
    /// <returns>Whether all of it went in.</returns>
    public bool Collect(Subscription subscription, Outgoing outgoing)
    {
        if (_gap is not null && !outgoing.IsFull)
        {
            outgoing.TryAdd(subscription, _gap);
        }

        var at = _at;
        for (; at < _entries.Length && !outgoing.IsFull; at++)
        {
            if (!outgoing.TryAdd(subscription, _entries[at]))
            {
                subscription.Ask(_entries.AsSpan(at));
                return false;
            }
        }

        return at == _entries.Length;
    }

    /// <summary>An entry was sent.</summary>
    /// <param name="reached">Where the client is now, if it was one of these.</param>
    /// <returns>Whether it was.</returns>
    public bool Sent(LogEntry entry, out StreamPosition reached)
    {
        reached = entry.Position;
        if (ReferenceEquals(entry, _gap))
        {
            _gap = null;
            return true;
        }

        if (IsUsedUp || !ReferenceEquals(entry, _entries[_at]))
        {
            return false;
        }

        if (++_at == _entries.Length)
        {
            reached = _end ?? reached;
            Drop();
        }

        return true;
    }
}
