namespace Broadcast.Core;

/// <summary>How an entry becomes bytes on one path. Any thread may call it; instances live as long as the process and are few.</summary>
public abstract class WireFormat
{
    /// <summary>Formats in one process; frames are kept in an array by <see cref="Index"/>.</summary>
    private const int MaxFormats = 32;

    private static int s_count;

    protected WireFormat()
    {
        Index = Interlocked.Increment(ref s_count) - 1;
        if (Index >= MaxFormats)
        {
            throw new InvalidOperationException($"There can be at most {MaxFormats} wire formats; make each once, not per connection.");
        }
    }

    internal int Index { get; }

    internal static int Count => Volatile.Read(ref s_count);

    /// <summary>Makes the bytes of one entry; called once per entry. Must always give the same bytes for the same entry.</summary>
    public abstract Frame Encode(string room, LogEntry entry);
}
