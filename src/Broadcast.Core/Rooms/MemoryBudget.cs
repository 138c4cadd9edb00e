namespace Broadcast.Core;

/// <summary>Bytes that many holders share under one bound. Any thread may call it.</summary>
internal sealed class MemoryBudget(long limit)
{
    private long _used;
    private long _evictions;

    /// <summary>In bytes.</summary>
    public long Limit => limit;

    /// <summary>In bytes; may pass the limit by what is being added at this moment.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>How many holders were emptied because the limit was reached.</summary>
    public long Evictions => Volatile.Read(ref _evictions);

    public bool IsExceeded => Used > limit;

    public void Add(long bytes) => Interlocked.Add(ref _used, bytes);

    public void CountEviction() => Interlocked.Increment(ref _evictions);

    /// <summary>Empties holders, in the order given, until a tenth of the budget is free; so that the next one is not evicted at once.</summary>
    public void Evict<T>(IEnumerable<T> idlestFirst, Action<T> empty)
    {
        foreach (var holder in idlestFirst)
        {
            if (Used <= limit - (limit / 10))
            {
                return;
            }

            empty(holder);
            CountEviction();
        }
    }
}
