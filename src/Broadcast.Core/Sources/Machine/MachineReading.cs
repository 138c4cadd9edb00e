namespace Broadcast.Core;

/// <summary>What the machine and this process said at one moment; a part that could not be read is null.</summary>
internal sealed record MachineReading
{
    /// <summary>Of <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public required long Timestamp { get; init; }

    public required DateTimeOffset Time { get; init; }

    public ProcStat? Stat { get; init; }

    public ProcMemory? Memory { get; init; }

    public ProcNet? Net { get; init; }

    public ProcDisks? Disks { get; init; }

    public ProcLoad? Load { get; init; }

    public double? UptimeSeconds { get; init; }

    public ulong? Threads { get; init; }

    public required TimeSpan ProcessCpu { get; init; }

    public required long ResidentBytes { get; init; }

    public required long HeapBytes { get; init; }

    public required int Gen2Collections { get; init; }

    public static MachineReading Take(ProcFolder proc, TimeProvider time) => new()
    {
        Timestamp = time.GetTimestamp(),
        Time = time.GetUtcNow(),
        Stat = ProcStat.Parse(proc.Read("stat")),
        Memory = ProcMemory.Parse(proc.Read("meminfo")),
        Net = ProcNet.Parse(proc.Read("net/dev")),
        Disks = ProcDisks.Parse(proc.Read("diskstats")),
        Load = ProcLoad.Parse(proc.Read("loadavg")),
        UptimeSeconds = ProcUptime.Parse(proc.Read("uptime")),
        Threads = ProcStatus.Threads(proc.Read("self/status")),
        ProcessCpu = Environment.CpuUsage.TotalTime,
        ResidentBytes = Environment.WorkingSet,
        HeapBytes = GC.GetTotalMemory(forceFullCollection: false),
        Gen2Collections = GC.CollectionCount(2),
    };
}
