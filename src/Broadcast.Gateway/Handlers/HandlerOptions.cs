using System.ComponentModel.DataAnnotations;

namespace Broadcast.Gateway;

/// <summary>What bounds the application's handlers on a node.</summary>
public sealed class HandlerOptions
{
    /// <summary>How long one request may take. Default 30 s; then it is cancelled, and the client gets error 100.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a node that stops waits for handlers that are still at work when their clients have gone. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Requests at work at the same time. Default 1,000; beyond it they wait.</summary>
    [Range(1, 1_000_000)]
    public int MaxRunning { get; set; } = 1_000;

    /// <summary>Requests that wait for a place, or for an earlier one of the same connection. Default 10,000; beyond it error 111.</summary>
    [Range(1, 10_000_000)]
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>The same in bytes. Default 64 MiB.</summary>
    [Range(1, long.MaxValue)]
    public long MaxWaitingBytes { get; set; } = 64 << 20;

    /// <summary>Requests of one connection that wait. Default 64; beyond it error 111.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaitingPerConnection { get; set; } = 64;
}
