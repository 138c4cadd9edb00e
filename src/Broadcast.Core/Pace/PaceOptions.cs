using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>How fast a paced broadcaster sends, and what may wait for that.</summary>
public sealed class PaceOptions
{
    /// <summary>Items that leave within any one second, evenly spaced; the others wait. 1 to 1,000, since timers count whole milliseconds; default 10.</summary>
    [Range(1, 1_000)]
    public int MaxPerSecond { get; set; } = 10;

    /// <summary>Items that wait; beyond it <see cref="Rule"/> applies. Default 1,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; set; } = 1_000;

    /// <summary>The same in bytes of publications; one that is larger by itself is refused. Default 16 MiB.</summary>
    [Range(1, int.MaxValue)]
    public int MaxWaitingBytes { get; set; } = 16 << 20;

    /// <summary>What happens when more is enqueued than leaves. Default Refuse.</summary>
    [EnumDataType(typeof(PaceRule), ErrorMessage = "Rule may be Refuse, Coalesce or DropOldest.")]
    public PaceRule Rule { get; set; }

    /// <summary>How long sending one item may take; then it is cancelled and counts as failed. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long what waits may go on leaving, at its pace, when the broadcaster is stopped; the rest is dropped and counted. 0 drops all at
    /// once. Default 5 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainFor { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The same values, which may then be changed apart.</summary>
    internal PaceOptions Copy() => (PaceOptions)MemberwiseClone();
}
