namespace Broadcast.Core;

/// <summary>
/// The window of a room on this node. Written under its lock; read by any event loop without one: a reader first takes the head, then
/// the entry, and checks that the entry carries the sequence it asked for. The lock is its own monitor, and that of its room: there are as
/// many of these as rooms, and a lock beside it costs 48 bytes and a cache miss per publication.
/// </summary>
internal sealed class RoomLog(RoomRule rule, MemoryBudget budget, TimeProvider time)
{
    private readonly KeyIndex? _newestOfKey = rule.FallingBehind == FallingBehind.Conflate ? new KeyIndex(rule) : null;
    private LogEntry?[] _ring = [];
    private LogEntry _last = new(-1, new StreamPosition("", 0), null, null, 0, null);
    private LogEntry? _lastPublication;
    private StreamPosition _began;
    private long _oldest;
    private long _oldestAt;
    private long _released;
    private long _bytes;
    private long _told;
    private bool _closed;

    public RoomRule Rule => rule;

    /// <summary>The sequence the next entry will have.</summary>
    public long Head => Volatile.Read(ref _last).Sequence + 1;

    /// <summary>The position of the newest publication that was appended.</summary>
    public StreamPosition Position => Volatile.Read(ref _last).Position;

    /// <summary><see cref="Head"/> and <see cref="Position"/> of one moment.</summary>
    public (long Head, StreamPosition Position) End
    {
        get
        {
            var last = Volatile.Read(ref _last);
            return (last.Sequence + 1, last.Position);
        }
    }

    /// <summary>The oldest sequence in the window; equal to <see cref="Head"/> when it is empty.</summary>
    public long Oldest => Volatile.Read(ref _oldest);

    /// <summary>Bytes held, frames included.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>When the newest entry came, as a timestamp; 0 if there was none.</summary>
    public long LastAppend => Volatile.Read(ref _last).AppendedAt;

    /// <summary>In rooms whose rule is <c>Latest</c>, the newest publication for everybody or null; kept when the window has dropped it. Elsewhere null.</summary>
    public LogEntry? LastPublication => Volatile.Read(ref _lastPublication);

    /// <summary>As <see cref="ITransport.Glance"/>: what a round begins with.</summary>
    public int Glance() => (int)Volatile.Read(ref _last).Sequence + _ring.Length;

    /// <summary>Begins at a position, with nothing in the window. Before the first append.</summary>
    public void Start(StreamPosition position)
    {
        _began = position;
        Volatile.Write(ref _last, new LogEntry(-1, position, null, null, 0, null));
    }

    /// <summary>Under the lock: whether the publication at a position came before the log began, and so was never on it.</summary>
    public bool BeganAfter(StreamPosition position) => position.Epoch == _began.Epoch && position.Offset <= _began.Offset;

    public void Append(Publication publication, StreamPosition position) => Append(position, publication, null);

    /// <summary>A notice stands at the position of the publication before it; a gap at its own end.</summary>
    public void Append(Notice notice) => Append(notice is Gap gap ? gap.To : Position, null, notice);

    /// <returns>The entry, or null if it has left the window. Only sequences below a <see cref="Head"/> taken before may be asked for.</returns>
    public LogEntry? TryRead(long sequence)
    {
        var ring = Volatile.Read(ref _ring);
        if (ring.Length == 0)
        {
            return null;
        }

        var entry = Volatile.Read(ref ring[sequence & (ring.Length - 1)]);
        return entry?.Sequence == sequence ? entry : null;
    }

    /// <summary>Finds the cursor that continues right after <paramref name="after"/>, if the window has all that follows it.</summary>
    public bool TryFind(StreamPosition after, out long cursor)
    {
        var last = Volatile.Read(ref _last);
        cursor = last.Sequence + 1;
        if (after.Epoch != last.Position.Epoch || after.Offset >= last.Position.Offset)
        {
            return after == last.Position;
        }

        var (low, high) = (Oldest, last.Sequence);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var follows = TryRead(middle) is { } entry && entry.Position.Epoch == after.Epoch && entry.Position.Offset > after.Offset;
            (low, high) = follows ? (low, middle) : (middle + 1, high);
        }

        // The window may have dropped some during the search, so only what comes right after will do. A gap is for those who stand
        // right before it; who stands in it is told his own.
        var next = after with { Offset = after.Offset + 1 };
        cursor = low;
        return TryRead(low) switch
        {
            { Notice: Gap gap } => gap.From == next,
            { Publication: not null } found => found.Position == next,
            _ => false,
        };
    }

    /// <returns>The publication at a position, or null if the window does not have it.</returns>
    public LogEntry? TryFind(StreamPosition position) =>
        position.Offset > 0 && TryFind(position with { Offset = position.Offset - 1 }, out var cursor) && cursor < Head
            && TryRead(cursor) is { Publication: not null } entry && entry.Position == position
            ? entry
            : null;

    /// <summary>
    /// Goes back from a cursor over what was told right before it, but not over what was told before another one. Notices have no offset,
    /// so a position is good before and behind them, and no history has them.
    /// </summary>
    public long BackToNotices(long cursor, long notBefore)
    {
        while (cursor > notBefore && TryRead(cursor - 1) is { Notice: not (null or Gap) })
        {
            cursor--;
        }

        return cursor;
    }

    /// <summary>The newest entry of each key after a cursor, in order; what is meant for an audience is not among them. Only in rooms that conflate.</summary>
    public LogEntry[] NewestOfEachKey(long cursor, out (long Head, StreamPosition Position) end)
    {
        lock (this)
        {
            end = End;
            return _newestOfKey!.After(cursor);
        }
    }

    public void TrimByAge()
    {
        lock (this)
        {
            Trim(Head, keep: 0, time.GetTimestamp());
            TellBudget();
            GiveBackRing();
        }
    }

    /// <summary>Empties the window, for the node's budget.</summary>
    public void Clear()
    {
        lock (this)
        {
            DropAll();
        }
    }

    /// <summary>Keeps nothing from now on: what is still being read from history may come, and must not be held for ever.</summary>
    public void Close()
    {
        lock (this)
        {
            _closed = true;
            DropAll();
        }
    }

    /// <summary>Lets go of the frames of entries that every cursor has passed.</summary>
    public void ReleaseFramesBefore(long sequence)
    {
        // Whoever holds the lock is appending; the next round releases instead.
        if (sequence <= Volatile.Read(ref _released) || !Monitor.TryEnter(this))
        {
            return;
        }

        try
        {
            for (var at = Math.Max(_released, _oldest); at < sequence; at++)
            {
                CountBytes(-(TryRead(at)?.ReleaseFrames() ?? 0));
            }

            _released = Math.Max(_released, sequence);
            TellBudget();
        }
        finally
        {
            Monitor.Exit(this);
        }
    }

    /// <summary>An entry made a frame, or learnt what a view shows.</summary>
    /// <returns>Whether it is counted: entries that left the window no longer are.</returns>
    internal bool CountFrame(LogEntry entry, int bytes)
    {
        if (entry.Sequence < Oldest)
        {
            return false;
        }

        // Made anew for somebody behind: it is to be let go of once more.
        for (var released = Volatile.Read(ref _released); entry.Sequence < released;)
        {
            var was = Interlocked.CompareExchange(ref _released, entry.Sequence, released);
            released = was == released ? entry.Sequence : was;
        }

        CountBytes(bytes);
        return true;
    }

    private void Append(StreamPosition position, Publication? publication, Notice? notice)
    {
        lock (this)
        {
            var now = time.GetTimestamp();
            var entry = new LogEntry(_last.Sequence + 1, position, publication, notice, now, this);
            if (entry.Sequence - _oldest >= _ring.Length)
            {
                Grow();
            }

            Volatile.Write(ref _ring[entry.Sequence & (_ring.Length - 1)], entry);
            if (publication is { Audience: null })
            {
                _newestOfKey?.Put(publication.Key, entry);
                if (rule.FallingBehind == FallingBehind.Latest)
                {
                    Volatile.Write(ref _lastPublication, entry);
                }
            }

            // Trimmed before the head moves, so that a reader never sees more than the bound.
            CountBytes(entry.Cost);
            Trim(entry.Sequence + 1, keep: 1, now);
            Volatile.Write(ref _last, entry);
            TellBudget();
            if (_closed)
            {
                DropAll();
            }
        }
    }

    private void Trim(long end, int keep, long now)
    {
        var bounds = rule.Window;
        while (_oldest < end - keep
            && (end - _oldest > bounds.MaxCount || Bytes > bounds.MaxBytes || IsOldestTooOld(now)))
        {
            DropOldest();
        }
    }

    /// <summary>Looks at the oldest entry only if one before it was too old by now: what is that old is in no cache.</summary>
    private bool IsOldestTooOld(long now)
    {
        if (time.GetElapsedTime(_oldestAt, now) <= rule.Window.MaxAge)
        {
            return false;
        }

        _oldestAt = TryRead(_oldest)!.AppendedAt;
        return time.GetElapsedTime(_oldestAt, now) > rule.Window.MaxAge;
    }

    private void DropAll()
    {
        while (_oldest < Head)
        {
            DropOldest();
        }

        TellBudget();
        GiveBackRing();
    }

    private void GiveBackRing()
    {
        if (_oldest == Head)
        {
            Volatile.Write(ref _ring, []);
        }
    }

    private void DropOldest()
    {
        var slot = _oldest & (_ring.Length - 1);
        var entry = _ring[slot]!;
        Volatile.Write(ref _oldest, _oldest + 1);
        Volatile.Write(ref _ring[slot], null);
        if (entry == _last)
        {
            // Its place is still needed, what stood there is not.
            Volatile.Write(ref _last, entry.Emptied());
        }

        CountBytes(-entry.Cost - entry.Leave());
    }

    private void Grow()
    {
        var larger = new LogEntry?[Math.Max(4, _ring.Length * 2)];
        for (var at = _oldest; at <= _last.Sequence; at++)
        {
            larger[at & (larger.Length - 1)] = _ring[at & (_ring.Length - 1)];
        }

        Volatile.Write(ref _ring, larger);
    }

    private void CountBytes(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>
    /// Under the lock. All threads share the budget, so it is told of the difference that remains: in a full window as much goes as comes, and
    /// frames are let go of soon. It knows of a new frame when the next entry comes, frames are released, or a second has passed.
    /// </summary>
    private void TellBudget()
    {
        var bytes = Bytes;
        if (bytes != _told)
        {
            budget.Add(bytes - _told);
            _told = bytes;
        }
    }
}
