namespace Broadcast.Core;

/// <summary>A paced broadcaster as an operator sees it at one moment. Counts are since it was made.</summary>
/// <param name="Waiting">How many items wait.</param>
/// <param name="WaitingBytes">What their publications cost.</param>
/// <param name="OldestAt">When the one that is next was enqueued; null if none waits.</param>
/// <param name="Failed">Whose filter or function threw, which the room did not accept, or which took too long; the log has each.</param>
/// <param name="Refused">Which found the line full, or the broadcaster stopping.</param>
/// <param name="Filtered">Dropped, since their filter said no when their turn had come.</param>
/// <param name="Coalesced">Dropped for a newer one of their key.</param>
/// <param name="DroppedOldest">Dropped for a newer one when the line was full.</param>
/// <param name="DroppedAtStop">Dropped when the broadcaster had to end.</param>
public sealed record PacedStatus(
    string Name,
    int Waiting,
    long WaitingBytes,
    DateTimeOffset? OldestAt,
    long Sent,
    long Failed,
    long Refused,
    long Filtered,
    long Coalesced,
    long DroppedOldest,
    long DroppedAtStop);
