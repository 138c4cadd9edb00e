using System.Buffers.Text;

namespace Broadcast.Core;

/// <summary><c>/proc/stat</c>: what the CPUs did, proc_stat(5).</summary>
internal sealed record ProcStat(CpuTimes Total, IReadOnlyList<CpuTimes> Cores)
{
    /// <returns>Null if the text has no line for all CPUs together.</returns>
    public static ProcStat? Parse(ReadOnlySpan<byte> text)
    {
        CpuTimes? total = null;
        var cores = new List<CpuTimes>();
        var lines = new ProcText(text);
        while (lines.TryLine(out var line) && line.TryWord(out var name) && name.StartsWith("cpu"u8))
        {
            var digits = name["cpu"u8.Length..];
            var cpu = CpuTimes.All;
            if ((!digits.IsEmpty && !(Utf8Parser.TryParse(digits, out cpu, out var used) && used == digits.Length && cpu >= 0))
                || !TryTimes(cpu, line, out var times))
            {
                continue;
            }

            if (cpu == CpuTimes.All)
            {
                total = times;
            }
            else
            {
                cores.Add(times);
            }
        }

        return total is { } t ? new ProcStat(t, cores) : null;
    }

    /// <returns>Per core of <paramref name="after"/>; 0 for one that was not there before.</returns>
    public static IEnumerable<double> CoresBusyPercent(ProcStat before, ProcStat after)
    {
        for (var i = 0; i < after.Cores.Count; i++)
        {
            var core = after.Cores[i];
            var same = i < before.Cores.Count && before.Cores[i].Cpu == core.Cpu
                ? before.Cores[i]
                : before.Cores.FirstOrDefault(c => c.Cpu == core.Cpu, core);
            yield return CpuTimes.BusyPercent(same, core);
        }
    }

    private static bool TryTimes(int cpu, ProcText line, out CpuTimes times)
    {
        times = default;
        if (!line.TryNumber(out var user) || !line.TryNumber(out var nice) || !line.TryNumber(out var system) || !line.TryNumber(out var idle))
        {
            return false;
        }

        // Old kernels end here. What guests used comes further on and is part of user and nice already.
        line.TryNumber(out var iowait);
        line.TryNumber(out var irq);
        line.TryNumber(out var softirq);
        line.TryNumber(out var steal);
        times = new CpuTimes(cpu, unchecked(user + nice + system + irq + softirq + steal), unchecked(idle + iowait));
        return true;
    }
}
