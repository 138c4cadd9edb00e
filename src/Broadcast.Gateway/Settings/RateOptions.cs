using System.ComponentModel.DataAnnotations;

namespace Broadcast.Gateway;

/// <summary>How often something may be done.</summary>
public sealed class RateOptions
{
    internal const int Max = 1_000_000;

    /// <summary>Times per second in the long run; 0 is no limit. Default 0.</summary>
    [Range(0, Max)]
    public int PerSecond { get; set; }

    /// <summary>Times at once after a pause. Default 10.</summary>
    [Range(1, Max)]
    public int Burst { get; set; } = 10;
}
