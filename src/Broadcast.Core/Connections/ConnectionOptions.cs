using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>Bounds of one connection.</summary>
public sealed class ConnectionOptions
{
    /// <summary>Bytes of replies that wait for a client that does not read; beyond it, 3008. Default 256 KiB.</summary>
    [Range(1_024, int.MaxValue)]
    public int MaxReplyBytes { get; set; } = 256 << 10;

    /// <summary>Rooms a client may be in for the node to put it into one more. Default 1,000; beyond it that is refused.</summary>
    [Range(1, 1_000_000)]
    public int MaxRooms { get; set; } = 1_000;

    /// <summary>How often a client is sent a ping, or a comment on SSE. Default 25 s.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long after a heartbeat a client may show no sign of life before it is gone (3012). Default 10 s.</summary>
    public TimeSpan PongTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take no byte at all before it is reset. Default 60 s.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(60);
}
