namespace Broadcast.Sqlite;

/// <summary>
/// One room, as the writing thread knows it. Touched by that thread only; but any may read <see cref="Epoch"/>.
/// </summary>
internal sealed class StoredStream(string room, string epoch)
{
    public string Room => room;

    public string Epoch => epoch;

    /// <summary>0 as long as the file has no row of it.</summary>
    public long Id { get; set; }

    /// <summary>With what the transaction under way adds.</summary>
    public Extent Extent { get; set; }

    /// <summary>As it is in the file.</summary>
    public Extent Saved { get; set; }

    /// <summary>The newest that members were told of, or could have been.</summary>
    public ulong HandedOver { get; set; }

    public IHandOver? Receiver { get; set; }

    /// <summary>When it was published to or listened to; milliseconds since 1970.</summary>
    public long UsedAt { get; set; }

    /// <summary>The same as it is in the file.</summary>
    public long SavedUsedAt { get; set; }

    public StreamPosition PositionAt(ulong offset) => new(epoch, offset);
}
