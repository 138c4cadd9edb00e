namespace Broadcast.Core;

/// <summary>Reads what changed out of counters that should only rise.</summary>
internal static class Counter
{
    /// <returns>0 if the counter fell: it was reset or wrapped around, and nobody knows how far it had come.</returns>
    public static ulong Rise(ulong before, ulong after) => after > before ? after - before : 0;

    public static long PerSecond(ulong rise, TimeSpan elapsed) =>
        elapsed > TimeSpan.Zero ? (long)Math.Min(Math.Round(rise / elapsed.TotalSeconds), long.MaxValue / 2) : 0;
}
