namespace Broadcast.Core;

/// <summary>What a paced broadcaster does when more is enqueued than leaves.</summary>
public enum PaceRule : byte
{
    /// <summary>All leave in the order in which they came; when the line is full, a new one is refused.</summary>
    Refuse,

    /// <summary>
    /// The newest of a key takes the place of the one that waits, in its place in the line, full or not: else the line would fill with values
    /// that nobody wants any more, and be as late as it is long. What has no key, or a new one, is refused when the line is full.
    /// </summary>
    Coalesce,

    /// <summary>When the line is full, those that wait longest are dropped to make room for the new one.</summary>
    DropOldest,
}
