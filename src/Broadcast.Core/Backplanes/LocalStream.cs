namespace Broadcast.Core;

/// <summary>
/// The history of one room in memory. Any thread may call it; its lock is held for moments and never while calling others. The lock is its
/// own monitor: there are as many of these as rooms, and a lock beside it costs 48 bytes and a cache miss per publication.
/// </summary>
/// <param name="epoch">No other stream of this room has had it.</param>
internal sealed class LocalStream(string room, string epoch, RoomRule rule, MemoryBudget budget, TimeProvider time)
{
    /// <summary>What may wait for the hub to take it; beyond it publishers are refused.</summary>
    internal const int MaxOutbox = 16_384;

    /// <summary>Hand-overs for others before a publisher gets his own answer.</summary>
    private const int Slice = 1_024;

    private Ring<Stored> _history = new();
    private IdempotencyKeys? _keys;
    private Queue<Pending>? _outbox;
    private ulong _top;
    private long _bytes;
    private bool _handingOver;
    private IHandOver? _receiver;

    public string Room => room;

    public long LastUsed { get; private set; } = time.GetTimestamp();

    public bool IsListenedTo => Volatile.Read(ref _receiver) is not null;

    /// <summary>Set once, under the lock: whoever finds it set asks for the room's next stream.</summary>
    public bool IsRemoved { get; private set; }

    private StreamPosition Top => new(epoch, _top);

    private bool IsOutboxFull => _outbox is { Count: >= MaxOutbox };

    public bool IsEmpty
    {
        get
        {
            lock (this)
            {
                return _history.Count == 0 && _keys is null;
            }
        }
    }

    /// <summary>Stores it, and hands it over to those who listen.</summary>
    /// <returns>Null if the stream was removed.</returns>
    public PublishResult? TryPublish(Publication publication, string? idempotencyKey)
    {
        Pending pending;
        lock (this)
        {
            if (IsRemoved)
            {
                return null;
            }

            var now = time.GetTimestamp();
            LastUsed = now;
            if (idempotencyKey is not null && IsRepeat(idempotencyKey, now, out var before))
            {
                return PublishResult.Accepted(before);
            }

            if (IsOutboxFull)
            {
                return PublishResult.Refused("The room is published to faster than its members' node can take it.");
            }

            _top++;
            Store(publication, now);
            if (idempotencyKey is not null)
            {
                (_keys ??= new IdempotencyKeys(budget, time)).Remember(idempotencyKey, Top, now);
            }

            pending = new Pending(Top, publication, null);
            if (_receiver is null || !TakesTurn(pending))
            {
                return PublishResult.Accepted(pending.Position);
            }
        }

        HandOver(pending);
        return PublishResult.Accepted(pending.Position);
    }

    /// <summary>Tells those who listen, if any.</summary>
    /// <exception cref="BackplaneException">Too much waits already.</exception>
    public void Notify(Notice notice)
    {
        var pending = new Pending(default, null, notice);
        lock (this)
        {
            if (IsRemoved || _receiver is null)
            {
                return;
            }

            if (IsOutboxFull)
            {
                throw new BackplaneException("The room is published to faster than its members' node can take it.");
            }

            if (!TakesTurn(pending))
            {
                return;
            }
        }

        HandOver(pending);
    }

    /// <summary>Under the lock. Hand-overs are made one at a time, in order.</summary>
    /// <returns>False if another is at it: that one hands it over.</returns>
    private bool TakesTurn(in Pending pending)
    {
        if (_handingOver)
        {
            (_outbox ??= new()).Enqueue(pending);
            return false;
        }

        return _handingOver = true;
    }

    /// <summary>Hands over, and goes on with what came meanwhile.</summary>
    private void HandOver(Pending next)
    {
        for (var count = 0; count < Slice; count++)
        {
            if (next.Publication is { } publication)
            {
                _receiver?.HandOver(next.Position, publication);
            }
            else
            {
                _receiver?.HandOver(next.Notice!);
            }

            lock (this)
            {
                if (_outbox?.TryDequeue(out next) != true)
                {
                    (_handingOver, _outbox) = (false, null);
                    return;
                }
            }
        }

        // Many publish at once: nobody waits for his answer until all of theirs are through.
        ThreadPool.UnsafeQueueUserWorkItem(
            static s => s.This.HandOver(s.Next), (This: this, Next: next), preferLocal: false);
    }

    public bool TrySubscribe(IHandOver receiver, out StreamPosition position)
    {
        lock (this)
        {
            position = Top;
            _receiver = IsRemoved ? null : receiver;
            return !IsRemoved;
        }
    }

    public void Unsubscribe()
    {
        lock (this)
        {
            _receiver = null;
            LastUsed = time.GetTimestamp();
        }
    }

    public bool TryRead(HistoryQuery query, out HistoryPage page)
    {
        lock (this)
        {
            page = new HistoryPage([], Top);
            if (IsRemoved)
            {
                return false;
            }

            LastUsed = time.GetTimestamp();
            Trim(LastUsed);
            var limit = query.EffectiveLimit;
            if (limit == 0 || _history.Count == 0)
            {
                return true;
            }

            var oldest = _top - (ulong)_history.Count + 1;
            var sameEpoch = query.Since is { } since && since.Epoch == epoch;
            var after = sameEpoch ? query.Since!.Value.Offset : query.Reverse ? ulong.MaxValue : 0;
            var step = query.Reverse ? -1 : 1;
            var index = query.Reverse ? IndexOf(after, oldest) - 1 : IndexOf(after == ulong.MaxValue ? after : after + 1, oldest);
            var publications = new List<StoredPublication>(Math.Min(limit, _history.Count));
            for (; index >= 0 && index < _history.Count && publications.Count < limit; index += step)
            {
                publications.Add(new StoredPublication(oldest + (ulong)index, _history[index].Publication));
            }

            page = new HistoryPage(publications, Top);
            return true;
        }
    }

    /// <returns>Whether the stream is of no more use.</returns>
    public bool TrimByAge()
    {
        lock (this)
        {
            var now = time.GetTimestamp();
            Trim(now);
            ForgetOldKeys(now);
            return IsSpent(now);
        }
    }

    public bool TryRemoveSpent()
    {
        lock (this)
        {
            return IsSpent(time.GetTimestamp()) && Remove();
        }
    }

    public bool TryRemove()
    {
        lock (this)
        {
            return Remove();
        }
    }

    public void Clear()
    {
        lock (this)
        {
            ForgetAll();
        }
    }

    private bool IsSpent(long now) =>
        _history.Count == 0 && _keys is null && _receiver is null && time.GetElapsedTime(LastUsed, now) > rule.History.MaxAge;

    private bool Remove()
    {
        if (_receiver is not null || IsRemoved)
        {
            return false;
        }

        ForgetAll();
        IsRemoved = true;
        return true;
    }

    private void Store(Publication publication, long now)
    {
        var cost = publication.Cost;
        _history.Add(new Stored(publication, now, cost));
        _bytes += cost;
        Trim(now, cost);
    }

    /// <param name="added">Bytes that came in and are not counted in the budget yet. A full history lets go of as much as it takes in.</param>
    private void Trim(long now, int added = 0)
    {
        var (bounds, before) = (rule.History, _bytes - added);
        while (_history.Count > 0
            && (_history.Count > bounds.MaxCount || _bytes > bounds.MaxBytes || time.GetElapsedTime(_history[0].At, now) > bounds.MaxAge))
        {
            _bytes -= _history.RemoveFirst().Cost;
        }

        Count(_bytes - before);
    }

    private void ForgetAll()
    {
        while (_history.Count > 0)
        {
            _history.RemoveFirst();
        }

        Count(-_bytes);
        _bytes = 0;
        _keys?.Clear();
        _keys = null;
    }

    private void Count(long bytes)
    {
        if (bytes != 0)
        {
            budget.Add(bytes);
        }
    }

    private int IndexOf(ulong offset, ulong oldest) => offset <= oldest ? 0 : (int)Math.Min((ulong)_history.Count, offset - oldest);

    private bool IsRepeat(string key, long now, out StreamPosition position)
    {
        ForgetOldKeys(now);
        position = default;
        return _keys?.TryFind(key, out position) == true;
    }

    private void ForgetOldKeys(long now)
    {
        if (_keys is { } keys && keys.ForgetOld(now) == 0)
        {
            _keys = null;
        }
    }

    /// <summary>Its offset is its place: histories have no holes, and end at the top.</summary>
    /// <param name="Cost">The publication's; kept here, since by the time it is dropped the publication itself is in no cache.</param>
    private readonly record struct Stored(Publication Publication, long At, int Cost);

    private readonly record struct Pending(StreamPosition Position, Publication? Publication, Notice? Notice);
}
