namespace Broadcast.Core.Tests.Hubs;

public sealed class DrainPaceTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1, 5)]
    [InlineData(7, 50)]
    [InlineData(500, 5_000)]
    [InlineData(505, 2_000)]
    public void Never_more_than_the_rate_go_within_a_second_however_late_each_of_them_is(int rate, int clients)
    {
        var random = new Random(rate);
        var pace = new DrainPace(rate, TimeSpan.Zero, random);
        var (now, times) = (TimeSpan.Zero, new List<TimeSpan>());
        while (times.Count < clients)
        {
            now += TimeSpan.FromMilliseconds(random.Next(100) == 0 ? 300 : random.NextDouble() * 5);
            var due = pace.Due(now, clients - times.Count);
            times.AddRange(Enumerable.Repeat(now, due));
            now += TimeSpan.FromMilliseconds(random.NextDouble() * due);
            pace.Went(due, now);
        }

        Assert.All(times.Skip(rate).Zip(times), pair => Assert.True(pair.First - pair.Second >= s_second, $"{rate + 1} went from {pair.Second} to {pair.First}."));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(250)]
    [InlineData(500)]
    public void The_first_goes_at_once_and_as_many_as_the_rate_need_no_longer_than_a_second(int clients)
    {
        var times = InTime(new DrainPace(500, s_second, new Random(clients)), clients);

        Assert.Equal(s_second, times[0]);
        Assert.True(times[^1] <= s_second + s_second, $"The last of {clients} went at {times[^1]}.");
    }

    [Fact]
    public void Each_has_a_random_moment_within_the_time_of_its_batch()
    {
        // Two at a time, a batch each tenth of a second; the moments are parts of it.
        var pace = new DrainPace(20, TimeSpan.Zero, new Given(0.9, 0.1, 0.5, 0.25, 0, 0.99));

        var times = InTime(pace, 6);

        // All of them sooner by the 10 ms that the first would have waited.
        Assert.Equal([0d, 80, 115, 140, 190, 289], times.Select(t => Math.Round(t.TotalMilliseconds)));
    }

    [Fact]
    public void A_long_drain_goes_nearly_as_fast_as_it_may()
    {
        var times = InTime(new DrainPace(500, TimeSpan.Zero, new Random(3)), 10_000);

        Assert.InRange(times[^1], TimeSpan.FromSeconds(19), TimeSpan.FromSeconds(21));
    }

    [Fact]
    public void No_more_are_due_than_wait()
    {
        var pace = new DrainPace(500, TimeSpan.Zero, new Random(4));

        Assert.Equal((0, 3, 500), (pace.Due(s_second, 0), pace.Due(s_second, 3), pace.Due(s_second, 1_000)));
    }

    private static List<TimeSpan> InTime(DrainPace pace, int clients)
    {
        var times = new List<TimeSpan>();
        while (times.Count < clients)
        {
            var now = pace.Next;
            times.Add(now);
            pace.Went(1, now);
        }

        return times;
    }

    /// <summary>Gives these numbers, and then zeros.</summary>
    private sealed class Given(params double[] numbers) : Random
    {
        private int _next;

        public override double NextDouble() => _next < numbers.Length ? numbers[_next++] : 0;
    }
}
