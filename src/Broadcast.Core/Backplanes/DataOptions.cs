using System.ComponentModel.DataAnnotations;

namespace Broadcast.Core;

/// <summary>When an accepted publication is safe.</summary>
public enum Durability : byte
{
    /// <summary>It survives the loss of power: the disk has confirmed it.</summary>
    Power,

    /// <summary>It survives the end of the process, however it ends, but not that of the machine: the operating system has it.</summary>
    Process,
}

/// <summary>Where and how a single node keeps histories that outlive it.</summary>
public sealed class DataOptions
{
    /// <summary>The folder, made if it is not there; one node uses it at a time. Default none: histories are in memory.</summary>
    public string Folder { get; set; } = "";

    /// <summary>What an accepted publication survives. Default <c>Power</c>.</summary>
    public Durability Durability { get; set; }

    /// <summary>Publications that wait for the disk; beyond it publishers are refused. Default 16,384.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; set; } = 16_384;

    /// <summary>Bytes of publications that wait for the disk; beyond it publishers are refused. Default 64 MiB.</summary>
    [Range(1 << 20, long.MaxValue)]
    public long MaxWaitingBytes { get; set; } = 64 << 20;

    /// <summary>Rooms with a history; beyond it a new room is refused until one was idle for as long as its history lasts. Default 1,000,000.</summary>
    [Range(1, int.MaxValue)]
    public int MaxRooms { get; set; } = 1_000_000;

    /// <summary>
    /// Bytes the database may grow to; beyond it publishers are refused until old publications have gone. Default 0: as much as the disk has.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long MaxBytes { get; set; }

    /// <summary>Histories read at the same time. Default 4.</summary>
    [Range(1, 64)]
    public int Readers { get; set; } = 4;
}
