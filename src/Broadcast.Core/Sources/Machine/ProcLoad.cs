namespace Broadcast.Core;

/// <summary><c>/proc/loadavg</c>: how many tasks ran or waited, on average over 1, 5 and 15 minutes; proc_loadavg(5).</summary>
internal sealed record ProcLoad(double One, double Five, double Fifteen)
{
    public static ProcLoad? Parse(ReadOnlySpan<byte> text)
    {
        new ProcText(text).TryLine(out var line);
        return line.TryDecimal(out var one) && line.TryDecimal(out var five) && line.TryDecimal(out var fifteen)
            ? new ProcLoad(one, five, fifteen)
            : null;
    }
}
