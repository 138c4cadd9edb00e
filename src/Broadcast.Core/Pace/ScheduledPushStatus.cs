namespace Broadcast.Core;

/// <summary>A scheduled push as an operator sees it at one moment. Counts are since it was attached.</summary>
/// <param name="IsRunning">Whether a tick is at work.</param>
/// <param name="LastRun">When the function was last called; null if it never was.</param>
/// <param name="Next">When its next tick comes; null while the node has not started, or when the push stops.</param>
/// <param name="Published">Ticks whose publication the room accepted.</param>
/// <param name="Unheard">Ticks when nobody on this node was in the room.</param>
/// <param name="Skipped">Ticks that came too early for the one before, or were missed.</param>
/// <param name="LastFailure">Why the last one that failed did; null if none has.</param>
public sealed record ScheduledPushStatus(
    string Name,
    string Room,
    TimeSpan Every,
    bool IsRunning,
    DateTimeOffset? LastRun,
    DateTimeOffset? Next,
    long Published,
    long Empty,
    long Unheard,
    long Skipped,
    long Failures,
    string? LastFailure);
