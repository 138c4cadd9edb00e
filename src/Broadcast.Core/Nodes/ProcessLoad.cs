using System.Diagnostics;

namespace Broadcast.Core;

/// <summary>How busy this process keeps the machine's processors. One caller at a time measures; any thread may read.</summary>
internal sealed class ProcessLoad
{
    private long _at = Stopwatch.GetTimestamp();
    private TimeSpan _used = Used();
    private double _value;

    /// <summary>The share of all processors between the last two measurements, 0 to 1.</summary>
    public double Value => Volatile.Read(ref _value);

    /// <summary>By the real clock, as processor time is.</summary>
    public void Measure()
    {
        var (now, used) = (Stopwatch.GetTimestamp(), Used());
        var passed = Stopwatch.GetElapsedTime(_at, now) * Environment.ProcessorCount;
        if (passed > TimeSpan.Zero)
        {
            Volatile.Write(ref _value, Math.Clamp((used - _used) / passed, 0, 1));
            (_at, _used) = (now, used);
        }
    }

    private static TimeSpan Used() => Environment.CpuUsage.TotalTime;
}
