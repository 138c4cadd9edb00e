namespace Broadcast.Core;

internal static class Timestamps
{
    /// <summary>How much later a timestamp is after that time.</summary>
    public static long TicksOf(this TimeProvider time, TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <summary>
    /// When it was <paramref name="timestamp"/> by the wall clock as it is set now. Never too early: what passes between the two
    /// readings of the clock makes it later.
    /// </summary>
    public static DateTimeOffset UtcOf(this TimeProvider time, long timestamp)
    {
        var ago = time.GetElapsedTime(timestamp);
        return time.GetUtcNow() - ago;
    }
}
