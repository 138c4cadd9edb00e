namespace Broadcast.Core;

/// <summary><c>/proc/uptime</c>: how long the machine has been up, proc_uptime(5).</summary>
internal static class ProcUptime
{
    /// <returns>Seconds, or null if the text is not what it should be.</returns>
    public static double? Parse(ReadOnlySpan<byte> text)
    {
        new ProcText(text).TryLine(out var line);
        return line.TryDecimal(out var seconds) ? seconds : null;
    }
}
