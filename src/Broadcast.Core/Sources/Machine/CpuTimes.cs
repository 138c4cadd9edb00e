namespace Broadcast.Core;

/// <summary>How long a CPU was busy and idle since the start, in the kernel's clock ticks.</summary>
/// <param name="Cpu">The CPU's number, or <see cref="All"/>.</param>
internal readonly record struct CpuTimes(int Cpu, ulong Busy, ulong Idle)
{
    public const int All = -1;

    /// <summary>A counter that ran backwards, as the kernel's idle counters sometimes do, counts as standing still.</summary>
    public static double BusyPercent(CpuTimes before, CpuTimes after)
    {
        double busy = Counter.Rise(before.Busy, after.Busy);
        var all = busy + Counter.Rise(before.Idle, after.Idle);
        return all > 0 ? 100 * busy / all : 0;
    }
}
