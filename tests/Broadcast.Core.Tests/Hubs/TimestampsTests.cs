namespace Broadcast.Core.Tests.Hubs;

public sealed class TimestampsTests
{
    [Fact]
    public void A_moment_is_told_by_the_wall_clock_as_it_is_set_now()
    {
        var time = new ManualTime();
        var clock = new Pace.SettableClock(time);
        time.Advance(TimeSpan.FromMinutes(1));
        var moment = clock.GetTimestamp();
        time.Advance(TimeSpan.FromMinutes(20));
        clock.Set(TimeSpan.FromHours(1));

        Assert.Equal(new DateTimeOffset(2030, 1, 1, 1, 1, 0, TimeSpan.Zero), clock.UtcOf(moment));
    }

    /// <summary>A log line said that nothing had come since a second before the client had come.</summary>
    [Fact]
    public void It_is_never_too_early_however_much_time_passes_between_two_readings()
    {
        var time = new ManualTime();
        var moment = time.GetTimestamp();

        Assert.InRange(new PassingClock(time).UtcOf(moment), new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), DateTimeOffset.MaxValue);
    }

    /// <summary>A clock on which a second passes with each reading.</summary>
    private sealed class PassingClock(ManualTime inner) : TimeProvider
    {
        public override long TimestampFrequency => inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow()
        {
            inner.Advance(TimeSpan.FromSeconds(1));
            return inner.GetUtcNow();
        }

        public override long GetTimestamp()
        {
            inner.Advance(TimeSpan.FromSeconds(1));
            return inner.GetTimestamp();
        }
    }
}
