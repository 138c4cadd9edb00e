using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>Bounds of the histories a single node keeps in memory.</summary>
public sealed class LocalBackplaneOptions
{
    /// <summary>
    /// Bytes of all histories and idempotency keys together; beyond it those of the idlest rooms are forgotten. Default 512 MiB.
    /// </summary>
    [Range(1 << 20, long.MaxValue)]
    public long MaxBytes { get; set; } = 512L << 20;

    /// <summary>
    /// Rooms with a history; beyond it the idlest rooms without members are forgotten, and if there is none, a new room is refused.
    /// Default 1,000,000.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxRooms { get; set; } = 1_000_000;
}
