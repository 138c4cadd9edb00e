using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>What happens to a subscription that is further behind than its room allows.</summary>
public enum FallingBehind : byte
{
    /// <summary>Nothing is lost: what it missed is read from the history.</summary>
    Resync,

    /// <summary>It goes on with the oldest publication within bounds, and is told what it missed.</summary>
    Skip,

    /// <summary>It goes on with the newest publication.</summary>
    Latest,

    /// <summary>It goes on with the newest publication of each key.</summary>
    Conflate,

    /// <summary>Its connection ends with 3008.</summary>
    Disconnect,
}

/// <summary>Bounds in count, bytes and age; whatever is reached first drops the oldest.</summary>
public sealed class Bounds
{
    /// <summary>Publications.</summary>
    [Range(1, 10_000_000)]
    public int MaxCount { get; set; } = 1_024;

    /// <summary>Bytes, with overhead.</summary>
    [Range(1_024, long.MaxValue)]
    public long MaxBytes { get; set; } = 4 << 20;

    /// <summary>Age.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(1);
}

/// <summary>How a room behaves. Not changed once a room uses it.</summary>
public sealed class RoomRule
{
    /// <summary>What happens to a subscription further behind than <see cref="MaxBehind"/>. Default <c>Resync</c>: loses nothing.</summary>
    public FallingBehind FallingBehind { get; set; }

    /// <summary>How many entries a subscription may be behind before the rule applies. Default 1,024.</summary>
    [Range(1, 1_000_000)]
    public int MaxBehind { get; set; } = 1_024;

    /// <summary>What a node keeps for live cursors, frames included. Default 1,024 publications, 4 MiB, 1 hour.</summary>
    public Bounds Window { get; set; } = new();

    /// <summary>What the backplane keeps; never less than the window. Default 10,000 publications, 16 MiB, 24 hours.</summary>
    public Bounds History { get; set; } = new() { MaxCount = 10_000, MaxBytes = 16 << 20, MaxAge = TimeSpan.FromHours(24) };

    /// <summary>For <c>Conflate</c>: keys whose newest publication is kept, also when it has left the window. Default 10,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxKeys { get; set; } = 10_000;

    /// <summary>For <c>Conflate</c>: bytes of those publications. Default 4 MiB.</summary>
    [Range(1_024, long.MaxValue)]
    public long MaxKeyBytes { get; set; } = 4 << 20;

    /// <summary>Members up to which a room names them and tells of joining and leaving; above it, it only counts. Default 1,000.</summary>
    [Range(0, 1_000_000)]
    public int MaxPresence { get; set; } = 1_000;

    /// <summary>Whether members are told when others join or leave. Default false: exposes least.</summary>
    public bool JoinLeave { get; set; }
}
