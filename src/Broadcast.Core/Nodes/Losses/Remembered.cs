namespace Broadcast.Core;

/// <summary>How many clients of other nodes this node remembers, and may. Under the lock of <see cref="Losses"/>.</summary>
internal sealed class Remembered(int max, Metrics metrics)
{
    /// <summary>All there are now.</summary>
    public int Count { get; set; }

    /// <returns>False if there is no place for one more; that is counted.</returns>
    public bool TryAdd()
    {
        if (Count >= max)
        {
            metrics.UnrememberedClients.Add(1);
            return false;
        }

        Count++;
        return true;
    }
}
