using System.Security.Cryptography;

namespace Broadcast.Core;

/// <summary>The history of one room in memory. Any thread may call it; its lock is held for moments and never while calling others.</summary>
internal sealed class LocalStream(string room, RoomRule rule, MemoryBudget budget, TimeProvider time)
{
    private static readonly TimeSpan IdempotencyTime = TimeSpan.FromMinutes(5);

    /// <summary>Keys remembered per room; the oldest is forgotten first.</summary>
    private const int MaxIdempotencyKeys = 10_000;

    /// <summary>What a key costs besides its characters; a round figure.</summary>
    private const int KeyOverhead = 128;

    /// <summary>What may wait for the hub to take it; beyond it publishers are refused.</summary>
    internal const int MaxOutbox = 16_384;

    /// <summary>Hand-overs for others before a publisher gets his own answer.</summary>
    private const int Slice = 1_024;

    private readonly Lock _gate = new();
    private readonly Ring<Stored> _history = new();
    private readonly Queue<Pending> _outbox = new();
    private readonly string _epoch = RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 8);
    private readonly Ring<(string Key, long At)> _keyOrder = new();
    private Dictionary<string, StreamPosition>? _keys;
    private ulong _top;
    private long _bytes;
    private bool _handingOver;
    private bool _listening;

    public string Room => room;

    public long LastUsed { get; private set; } = time.GetTimestamp();

    public bool IsListenedTo => Volatile.Read(ref _listening);

    /// <summary>Set once, under the lock: whoever finds it set asks for the room's next stream.</summary>
    public bool IsRemoved { get; private set; }

    private StreamPosition Top => new(_epoch, _top);

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _history.Count == 0 && _keyOrder.Count == 0;
            }
        }
    }

    /// <returns>Null if the stream was removed.</returns>
    public PublishResult? TryPublish(Publication publication, string? idempotencyKey)
    {
        lock (_gate)
        {
            if (IsRemoved)
            {
                return null;
            }

            LastUsed = time.GetTimestamp();
            if (idempotencyKey is not null && IsRepeat(idempotencyKey, out var before))
            {
                return PublishResult.Accepted(before);
            }

            if (_outbox.Count >= MaxOutbox)
            {
                return PublishResult.Refused("The room is published to faster than its members' node can take it.");
            }

            _top++;
            Store(publication);
            if (idempotencyKey is not null)
            {
                Remember(idempotencyKey);
            }

            if (_listening)
            {
                _outbox.Enqueue(new Pending(Top, publication, null));
            }

            return PublishResult.Accepted(Top);
        }
    }

    /// <returns>False if nobody listens.</returns>
    /// <exception cref="BackplaneException">Too much waits already.</exception>
    public bool TryNotify(Notice notice)
    {
        lock (_gate)
        {
            if (IsRemoved || !_listening)
            {
                return false;
            }

            if (_outbox.Count >= MaxOutbox)
            {
                throw new BackplaneException("The room is published to faster than its members' node can take it.");
            }

            _outbox.Enqueue(new Pending(default, null, notice));
            return true;
        }
    }

    /// <summary>Hands over in order: whoever comes while another is at it leaves his to that one.</summary>
    public void HandOverPending(IHandOver? receiver)
    {
        lock (_gate)
        {
            if (_handingOver)
            {
                return;
            }

            _handingOver = true;
        }

        HandOverSome(receiver);
    }

    private void HandOverSome(IHandOver? receiver)
    {
        for (var count = 0; count < Slice; count++)
        {
            Pending next;
            lock (_gate)
            {
                _handingOver = _outbox.TryDequeue(out next);
                if (!_handingOver)
                {
                    return;
                }
            }

            if (next.Publication is { } publication)
            {
                receiver?.HandOver(room, next.Position, publication);
            }
            else
            {
                receiver?.HandOver(room, next.Notice!);
            }
        }

        // Many publish at once: nobody waits for his answer until all of theirs are through.
        ThreadPool.UnsafeQueueUserWorkItem(static s => s.This.HandOverSome(s.Receiver), (This: this, Receiver: receiver), preferLocal: false);
    }

    public bool TrySubscribe(out StreamPosition position)
    {
        lock (_gate)
        {
            position = Top;
            _listening = !IsRemoved;
            return !IsRemoved;
        }
    }

    public void Unsubscribe()
    {
        lock (_gate)
        {
            _listening = false;
            LastUsed = time.GetTimestamp();
        }
    }

    public bool TryRead(HistoryQuery query, out HistoryPage page)
    {
        lock (_gate)
        {
            page = new HistoryPage([], Top);
            if (IsRemoved)
            {
                return false;
            }

            LastUsed = time.GetTimestamp();
            Trim();
            var limit = query.EffectiveLimit;
            if (limit == 0 || _history.Count == 0)
            {
                return true;
            }

            var oldest = _top - (ulong)_history.Count + 1;
            var sameEpoch = query.Since is { } since && since.Epoch == _epoch;
            var after = sameEpoch ? query.Since!.Value.Offset : query.Reverse ? ulong.MaxValue : 0;
            var step = query.Reverse ? -1 : 1;
            var index = query.Reverse ? IndexOf(after, oldest) - 1 : IndexOf(after == ulong.MaxValue ? after : after + 1, oldest);
            var publications = new List<StoredPublication>(Math.Min(limit, _history.Count));
            for (; index >= 0 && index < _history.Count && publications.Count < limit; index += step)
            {
                publications.Add(new StoredPublication(_history[index].Offset, _history[index].Publication));
            }

            page = new HistoryPage(publications, Top);
            return true;
        }
    }

    /// <returns>Whether the stream is of no more use and was removed.</returns>
    public bool TrimByAge()
    {
        lock (_gate)
        {
            Trim();
            ForgetOldKeys();
            _outbox.TrimExcess();
            return _history.Count == 0 && _keyOrder.Count == 0 && time.GetElapsedTime(LastUsed) > rule.History.MaxAge && Remove();
        }
    }

    public bool TryRemove()
    {
        lock (_gate)
        {
            return Remove();
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            ForgetAll();
        }
    }

    private bool Remove()
    {
        if (_listening || IsRemoved)
        {
            return false;
        }

        ForgetAll();
        IsRemoved = true;
        return true;
    }

    private void Store(Publication publication)
    {
        _history.Add(new Stored(_top, publication, time.GetTimestamp()));
        _bytes += publication.Cost;
        budget.Add(publication.Cost);
        Trim();
    }

    private void Trim()
    {
        var bounds = rule.History;
        while (_history.Count > 0
            && (_history.Count > bounds.MaxCount || _bytes > bounds.MaxBytes || time.GetElapsedTime(_history[0].At) > bounds.MaxAge))
        {
            ForgetOldest();
        }
    }

    private void ForgetAll()
    {
        while (_history.Count > 0)
        {
            ForgetOldest();
        }

        while (_keyOrder.Count > 0)
        {
            ForgetOldestKey();
        }
    }

    private void ForgetOldest()
    {
        var cost = _history.RemoveFirst().Publication.Cost;
        _bytes -= cost;
        budget.Add(-cost);
    }

    private int IndexOf(ulong offset, ulong oldest) => offset <= oldest ? 0 : (int)Math.Min((ulong)_history.Count, offset - oldest);

    private bool IsRepeat(string key, out StreamPosition position)
    {
        ForgetOldKeys();
        position = default;
        return _keys is not null && _keys.TryGetValue(key, out position);
    }

    private void Remember(string key)
    {
        (_keys ??= new(StringComparer.Ordinal))[key] = Top;
        _keyOrder.Add((key, time.GetTimestamp()));
        budget.Add(CostOf(key));
    }

    private void ForgetOldKeys()
    {
        while (_keyOrder.Count > 0 && (_keyOrder.Count > MaxIdempotencyKeys || time.GetElapsedTime(_keyOrder[0].At) > IdempotencyTime))
        {
            ForgetOldestKey();
        }
    }

    private void ForgetOldestKey()
    {
        var (key, _) = _keyOrder.RemoveFirst();
        budget.Add(-CostOf(key));
        _keys!.Remove(key);
        if (_keys.Count == 0)
        {
            _keys = null;
        }
    }

    private static long CostOf(string key) => KeyOverhead + (2 * key.Length);

    private readonly record struct Stored(ulong Offset, Publication Publication, long At);

    private readonly record struct Pending(StreamPosition Position, Publication? Publication, Notice? Notice);
}
