using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>What bounds scheduled pushes.</summary>
public sealed class ScheduledPushOptions
{
    /// <summary>Scheduled pushes at the same time on one node; one more is not attached. Default 1,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxPushes { get; set; } = 1_000;

    /// <summary>How long one tick may take; then it is cancelled and counts as failed. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a tick may take to stop; then it is left to itself, and nothing of it is published. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
