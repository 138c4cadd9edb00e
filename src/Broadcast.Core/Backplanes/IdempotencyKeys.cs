namespace Broadcast.Core;

/// <summary>The idempotency keys of one room, and where what came with them stands. Touched under its stream's lock.</summary>
internal sealed class IdempotencyKeys(MemoryBudget budget, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Keys remembered per room; the oldest is forgotten first.</summary>
    private const int MaxKeys = 10_000;

    /// <summary>What a key costs besides its characters; a round figure.</summary>
    private const int Overhead = 128;

    private readonly Dictionary<string, StreamPosition> _positions = new(StringComparer.Ordinal);
    private Ring<(string Key, long At)> _inOrder = new();

    public bool TryFind(string key, out StreamPosition position) => _positions.TryGetValue(key, out position);

    public void Remember(string key, StreamPosition position, long now)
    {
        _positions[key] = position;
        _inOrder.Add((key, now));
        budget.Add(CostOf(key));
    }

    /// <returns>How many are left.</returns>
    public int ForgetOld(long now)
    {
        while (_inOrder.Count > 0 && (_inOrder.Count > MaxKeys || time.GetElapsedTime(_inOrder[0].At, now) > Lifetime))
        {
            ForgetOldest();
        }

        return _inOrder.Count;
    }

    public void Clear()
    {
        while (_inOrder.Count > 0)
        {
            ForgetOldest();
        }
    }

    private void ForgetOldest()
    {
        var (key, _) = _inOrder.RemoveFirst();
        _positions.Remove(key);
        budget.Add(-CostOf(key));
    }

    private static long CostOf(string key) => Overhead + (2 * key.Length);
}
