namespace Broadcast.Core;

/// <summary><c>/proc/self/status</c>, as far as .NET does not say it more cheaply; proc_pid_status(5).</summary>
internal static class ProcStatus
{
    /// <returns>The number of threads, or null if the text does not say it.</returns>
    public static ulong? Threads(ReadOnlySpan<byte> text)
    {
        var lines = new ProcText(text);
        while (lines.TryLine(out var line))
        {
            if (line.TryWord(out var name) && name.SequenceEqual("Threads:"u8))
            {
                return line.TryNumber(out var threads) ? threads : null;
            }
        }

        return null;
    }
}
