using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>Bounds of one node.</summary>
public sealed class HubOptions
{
    /// <summary>Event loops; 0 takes one per processor core. Default 0.</summary>
    [Range(0, 256)]
    public int EventLoops { get; set; }

    /// <summary>Clients at the same time; beyond it 503 with Retry-After. Default 100,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxConnections { get; set; } = 100_000;

    /// <summary>
    /// Clients of one user at the same time, on all nodes together; beyond it 429, or close 3504. Those that come at the same moment may pass
    /// together. Default 0: no limit.
    /// </summary>
    [Range(0, 10_000_000)]
    public int MaxConnectionsPerUser { get; set; }

    /// <summary>Bytes of all rooms' windows, frames included; beyond it the idlest rooms' windows are emptied. Default 256 MiB.</summary>
    [Range(1 << 20, long.MaxValue)]
    public long MaxWindowBytes { get; set; } = 256L << 20;

    /// <summary>How often rooms compare their position with a backplane that can lose hand-overs. Default 5 s.</summary>
    public TimeSpan ComparePositions { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bounds of what is known of connections.</summary>
    public SessionOptions Sessions { get; set; } = new();

    /// <summary>What is kept for users who are not there.</summary>
    public MailboxOptions Mailboxes { get; set; } = new();

    /// <summary>What becomes of clients from which nothing comes.</summary>
    public IdleOptions Idle { get; set; } = new();

    /// <summary>Bounds of what is counted for publishers that ask.</summary>
    public ReceiptOptions Receipts { get; set; } = new();

    /// <summary>Bounds of what rooms show to classes of clients.</summary>
    public ViewOptions Views { get; set; } = new();

    public ConnectionOptions Connections { get; set; } = new();
}
