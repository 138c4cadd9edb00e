namespace Broadcast.Sqlite;

/// <summary>What a history has.</summary>
/// <param name="OldestAt">When its oldest publication came; milliseconds since 1970. Only if there is one.</param>
internal readonly record struct Extent(ulong Top, long Count, long Bytes, long OldestAt)
{
    public ulong Oldest => Top - (ulong)Count + 1;

    /// <summary>Whether something must go.</summary>
    public bool Exceeds(Bounds bounds, long now) =>
        Count > 0 && (Count > bounds.MaxCount || Bytes > bounds.MaxBytes || now - OldestAt > bounds.MaxAge.TotalMilliseconds);
}
