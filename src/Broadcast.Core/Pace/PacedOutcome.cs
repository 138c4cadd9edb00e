namespace Broadcast.Core;

/// <summary>What became of an item. The names, in lower case, are those of the metric's label.</summary>
internal enum PacedOutcome : byte
{
    Sent,

    /// <summary>Its filter or its function threw, the room did not accept it, or it took too long.</summary>
    Failed,

    /// <summary>It did not get into the line.</summary>
    Refused,

    /// <summary>Its filter said no.</summary>
    Filtered,

    /// <summary>A newer one of its key took its place.</summary>
    Coalesced,

    /// <summary>It waited longest when the line was full.</summary>
    Oldest,

    /// <summary>It still waited, or was being sent, when the broadcaster had to end.</summary>
    Stopped,
}
