namespace Broadcast.Gateway;

/// <summary>
/// Lets so many through per second, and a burst at once. Any thread may ask. It holds one number, the time by which all that went
/// through would have come one by one (the field's GCRA); System.Threading.RateLimiting has its own clock, and a queue for each limiter.
/// </summary>
internal sealed class RateGate(RateOptions options, TimeProvider time)
{
    private readonly long _interval = time.TimestampFrequency / options.PerSecond;
    private long _done;

    /// <summary>Nobody would notice if it were replaced by a new one.</summary>
    public bool IsIdle => Volatile.Read(ref _done) <= time.GetTimestamp();

    /// <param name="wait">After which time the next one will be let through, if this one is not.</param>
    public bool TryPass(out TimeSpan wait)
    {
        while (true)
        {
            var done = Volatile.Read(ref _done);
            var now = time.GetTimestamp();
            var next = Math.Max(done, now) + _interval;
            var over = next - now - (_interval * options.Burst);
            if (over > 0)
            {
                wait = time.GetElapsedTime(0, over);
                return false;
            }

            if (Interlocked.CompareExchange(ref _done, next, done) == done)
            {
                wait = TimeSpan.Zero;
                return true;
            }
        }
    }
}
