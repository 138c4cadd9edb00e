namespace Broadcast.Core;

/// <summary>Bounds what is under way at the same time, in count and bytes. Any thread may call it.</summary>
internal sealed class Gate(int most, long mostBytes)
{
    private int _count;
    private long _bytes;

    /// <returns>False if it would be too much; otherwise <see cref="Leave"/> follows.</returns>
    public bool TryEnter(int bytes)
    {
        if (Interlocked.Increment(ref _count) <= most & Interlocked.Add(ref _bytes, bytes) <= mostBytes)
        {
            return true;
        }

        Leave(bytes);
        return false;
    }

    public void Leave(int bytes)
    {
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -bytes);
    }
}
