namespace Broadcast.Core;

/// <summary>How a <see cref="MachineSource"/> measures.</summary>
public sealed class MachineSourceOptions
{
    /// <summary>The shortest interval that is accepted; below it the kernel's clock ticks of 10 ms would show in the percentages.</summary>
    internal static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest interval that is accepted.</summary>
    internal static readonly TimeSpan LongestInterval = TimeSpan.FromHours(1);

    /// <summary>The time from one publication to the next, 100 ms to 1 hour. Default 1 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);
}
