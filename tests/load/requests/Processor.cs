using System.Diagnostics;
using System.Globalization;

namespace Broadcast.Load;

/// <summary>What a process has used of the processor, and when.</summary>
internal readonly record struct Processor(TimeSpan Busy, TimeSpan Elapsed)
{
    public static Processor Of(int pid)
    {
        // After the name, which may hold anything: fields 14 and 15 of proc(5) are the ticks in user and kernel mode, a hundred to the second.
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return new Processor(TimeSpan.FromMilliseconds(10 * ticks), Stopwatch.GetElapsedTime(0));
    }

    public static Processor operator -(Processor after, Processor before) => new(after.Busy - before.Busy, after.Elapsed - before.Elapsed);
}
