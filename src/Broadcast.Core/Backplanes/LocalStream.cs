using System.Security.Cryptography;

namespace Broadcast.Core;

/// <summary>The history of one room in memory. Any thread may call it; its lock is held for moments and never while calling others.</summary>
internal sealed class LocalStream(string room, RoomRule rule, MemoryBudget budget, TimeProvider time)
{
    private static readonly TimeSpan IdempotencyTime = TimeSpan.FromMinutes(5);

    /// <summary>Keys remembered per room; the oldest is forgotten first.</summary>
    private const int MaxIdempotencyKeys = 10_000;

    private readonly Lock _gate = new();
    private readonly Ring<Stored> _history = new();
    private readonly Queue<Pending> _outbox = new();
    private readonly string _epoch = RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 8);
    private Dictionary<string, StreamPosition>? _keys;
    private Queue<(string Key, long At)>? _keyOrder;
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

    public bool TryPublish(Publication publication, string? idempotencyKey, out StreamPosition position)
    {
        lock (_gate)
        {
            position = default;
            if (IsRemoved)
            {
                return false;
            }

            LastUsed = time.GetTimestamp();
            if (idempotencyKey is not null && IsRepeat(idempotencyKey, out position))
            {
                return true;
            }

            _top++;
            position = Top;
            Store(publication);
            if (idempotencyKey is not null)
            {
                Remember(idempotencyKey, position);
            }

            if (_listening)
            {
                _outbox.Enqueue(new Pending(position, publication, null));
            }

            return true;
        }
    }

    public bool TryNotify(Notice notice)
    {
        lock (_gate)
        {
            if (IsRemoved || !_listening)
            {
                return false;
            }

            _outbox.Enqueue(new Pending(default, null, notice));
            return true;
        }
    }

    /// <summary>Hands over in order: whoever comes while another is at it leaves his to that one.</summary>
    public void HandOverPending(IHandOver? receiver)
    {
        var first = true;
        while (true)
        {
            Pending next;
            lock (_gate)
            {
                if (first && _handingOver)
                {
                    return;
                }

                first = false;
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
            return _history.Count == 0 && time.GetElapsedTime(LastUsed) > rule.History.MaxAge && Remove();
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
        position = default;
        while (_keyOrder is not null && _keyOrder.TryPeek(out var oldest)
            && (_keyOrder.Count > MaxIdempotencyKeys || time.GetElapsedTime(oldest.At) > IdempotencyTime))
        {
            _keyOrder.Dequeue();
            _keys!.Remove(oldest.Key);
        }

        return _keys is not null && _keys.TryGetValue(key, out position);
    }

    private void Remember(string key, StreamPosition position)
    {
        (_keys ??= new(StringComparer.Ordinal))[key] = position;
        (_keyOrder ??= new()).Enqueue((key, time.GetTimestamp()));
    }

    private readonly record struct Stored(ulong Offset, Publication Publication, long At);

    private readonly record struct Pending(StreamPosition Position, Publication? Publication, Notice? Notice);
}
