using System.ComponentModel.DataAnnotations;

namespace Broadcast.Gateway;

/// <summary>What bounds what an application does when clients come and go.</summary>
public sealed class HookOptions
{
    /// <summary>Hooks at work at the same time. Default 100; beyond it they wait.</summary>
    [Range(1, 100_000)]
    public int MaxRunning { get; set; } = 100;

    /// <summary>Clients whose hooks wait for a place. Default 10,000; beyond it who comes is sent away at once, and comes back (3013).</summary>
    [Range(1, 10_000_000)]
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>How long one may take before it is cancelled. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a node that stops waits for the hooks of clients and users that have gone. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
