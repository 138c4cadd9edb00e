namespace Broadcast.Core;

/// <summary>How an entry becomes bytes on one path. Any thread may call it; instances live as long as the process and are few.</summary>
internal abstract class WireFormat
{
    /// <summary>Makes the bytes of one entry; called once per entry. Must always give the same bytes for the same entry.</summary>
    public abstract Frame Encode(string room, LogEntry entry);
}
