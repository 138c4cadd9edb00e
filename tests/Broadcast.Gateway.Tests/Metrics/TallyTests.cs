using System.Diagnostics.Metrics;

namespace Broadcast.Gateway.Tests;

public sealed class TallyTests
{
    [Fact]
    public void Adding_to_a_known_sum_allocates_nothing()
    {
        using var meter = new Meter("a meter of this test");
        using var tallies = new Tallies([meter]);
        var counter = meter.CreateCounter<long>("things");
        Add(1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Add(1_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1_001, Assert.Single(Assert.Single(tallies.Read()).Sums).Value);

        void Add(int times)
        {
            for (var i = 0; i < times; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("reason", "behind"));
            }
        }
    }

    [Fact]
    public void Threads_that_meet_a_label_first_lose_nothing()
    {
        using var meter = new Meter("a meter of this test");
        using var tallies = new Tallies([meter]);
        var counter = meter.CreateCounter<long>("things");

        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 100; i++)
            {
                counter.Add(1, new KeyValuePair<string, object?>("reason", $"reason {i % 10}"));
            }
        });

        var sums = Assert.Single(tallies.Read()).Sums;
        Assert.Equal(10, sums.Count);
        Assert.All(sums, s => Assert.Equal(80, s.Value));
    }

    [Fact]
    public void Labels_cannot_break_out_of_their_line()
    {
        using var meter = new Meter("a meter of this test");
        using var tallies = new Tallies([meter]);
        meter.CreateCounter<long>("some.things").Add(2, new KeyValuePair<string, object?>("reason", "a\"b\\c\nd"));

        Assert.Equal("# TYPE some_things_total counter\nsome_things_total{reason=\"a\\\"b\\\\c\\nd\"} 2\n", MetricsText.Write(tallies.Read()));
    }
}
