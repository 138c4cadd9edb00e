namespace Broadcast.Example;

/// <summary>What was said, where it is kept. Any thread may call it.</summary>
internal sealed class Messages
{
    /// <summary>Saving what begins with this fails, as a full disk would.</summary>
    public const string Unsavable = "unsavable";

    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <returns>Its number.</returns>
    public async Task<int> SaveAsync(string text)
    {
        await Task.Yield();
        return text.StartsWith(Unsavable, StringComparison.Ordinal) ? throw new IOException("The disk is full.") : Interlocked.Increment(ref _count);
    }
}
