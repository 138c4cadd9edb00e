using System.Runtime.CompilerServices;

namespace Broadcast.Core;

/// <summary>
/// Publishes what this machine does, once an interval, as JSON with the event name <c>machine</c>. Read by one task at a time. The first
/// publication comes after one interval, because rates lie between two readings. Who takes them too slowly misses some; none are queued.
/// <code>
/// {
///   "time": "2030-01-01T00:00:01Z",
///   "cpu": { "percent": 12.5, "corePercents": [20, 5] },
///   "memory": { "totalBytes": 25276510208, "usedBytes": 533053440, "availableBytes": 24743456768 },
///   "network": { "receivedBytesPerSecond": 1200, "sentBytesPerSecond": 800 },
///   "loopback": { "receivedBytesPerSecond": 0, "sentBytesPerSecond": 0 },
///   "disk": { "readBytesPerSecond": 0, "writtenBytesPerSecond": 4096 },
///   "load": { "oneMinute": 0.02, "fiveMinutes": 0.13, "fifteenMinutes": 0.08 },
///   "uptimeSeconds": 760.45,
///   "process": { "cpuPercent": 3.1, "residentBytes": 83886080, "threads": 24, "heapBytes": 4194304, "gen2Collections": 2 }
/// }
/// </code>
/// A part that the system does not offer is left out. <c>docs/sources.md</c> says what each figure counts.
/// </summary>
public sealed class MachineSource : ISource
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly string _procPath;

    public MachineSource(TimeProvider time, MachineSourceOptions? options = null)
        : this(time, options, "/proc")
    {
    }

    internal MachineSource(TimeProvider time, MachineSourceOptions? options, string procPath)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _interval = (options ?? new MachineSourceOptions()).Interval;
        ArgumentOutOfRangeException.ThrowIfLessThan(_interval, MachineSourceOptions.ShortestInterval, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_interval, MachineSourceOptions.LongestInterval, nameof(options));
        _procPath = procPath;
    }

    public string Name => "machine";

    public async IAsyncEnumerable<Publication> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        using var report = new MachineReport();
        using var timer = new PeriodicTimer(_interval, _time);
        var proc = new ProcFolder(_procPath);
        var before = MachineReading.Take(proc, _time);
        while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
        {
            // A tick that waited for a slow reader may be followed at once by the next, and what lies between them says nothing.
            var elapsed = _time.GetElapsedTime(before.Timestamp);
            if (elapsed < _interval / 2)
            {
                continue;
            }

            var after = MachineReading.Take(proc, _time);
            elapsed = _time.GetElapsedTime(before.Timestamp, after.Timestamp);
            yield return new Publication(report.Write(before, after, elapsed), ContentKind.Json) { Event = "machine" };
            before = after;
        }
    }
}
