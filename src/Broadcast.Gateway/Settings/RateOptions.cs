using System.ComponentModel.DataAnnotations;

namespace Broadcast.Gateway;

/// <summary>How often something may be done.</summary>
public sealed class RateOptions
{
    /// <summary>Times per second in the long run; 0 is no limit. Default 0.</summary>
    [Range(0, 1_000_000)]
    public int PerSecond { get; set; }

    /// <summary>Times at once after a pause. Default 10.</summary>
    [Range(1, 1_000_000)]
    public int Burst { get; set; } = 10;
}
