namespace Broadcast.Core.Tests.Pace;

/// <summary>A clock whose hands are set while its time goes on, as an operator or NTP does. Any thread.</summary>
internal sealed class SettableClock(ManualTime inner) : TimeProvider
{
    private long _by;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _by));

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);

    public void Set(TimeSpan by) => Interlocked.Add(ref _by, by.Ticks);
}
