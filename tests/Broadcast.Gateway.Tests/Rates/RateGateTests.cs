namespace Broadcast.Gateway.Tests;

public sealed class RateGateTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_burst_passes_at_once_and_then_one_for_each_part_of_a_second()
    {
        var gate = new RateGate(new RateOptions { PerSecond = 5, Burst = 3 }, _time);

        Assert.Equal(3, Passed(gate, 10));
        _time.Advance(TimeSpan.FromMilliseconds(199));
        Assert.Equal(0, Passed(gate, 10));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, Passed(gate, 10));
    }

    [Fact, Trait("row", "S2.37")]
    public void The_rate_of_a_long_time_is_never_above_what_is_set()
    {
        var gate = new RateGate(new RateOptions { PerSecond = 10, Burst = 1 }, _time);
        var passed = 0;

        for (var i = 0; i < 10_000; i++)
        {
            passed += Passed(gate, 3);
            _time.Advance(TimeSpan.FromMilliseconds(7));
        }

        Assert.InRange(passed, 600, 701);
    }

    [Fact]
    public void Who_does_not_pass_is_told_when_the_next_will_and_then_it_does()
    {
        var gate = new RateGate(new RateOptions { PerSecond = 2, Burst = 1 }, _time);
        Assert.True(gate.TryPass(out _));
        _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.False(gate.TryPass(out var wait));
        Assert.Equal(TimeSpan.FromMilliseconds(400), wait);
        _time.Advance(wait);
        Assert.True(gate.TryPass(out _));
    }

    [Fact]
    public void A_pause_saves_up_one_burst_and_not_more()
    {
        var gate = new RateGate(new RateOptions { PerSecond = 100, Burst = 4 }, _time);
        Passed(gate, 4);
        Assert.False(gate.IsIdle);

        _time.Advance(TimeSpan.FromHours(1));

        Assert.True(gate.IsIdle);
        Assert.Equal(4, Passed(gate, 100));
    }

    [Fact]
    public async Task Many_at_once_pass_as_often_as_one()
    {
        var gate = new RateGate(new RateOptions { PerSecond = 1, Burst = 1_000 }, _time);

        var passed = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Passed(gate, 500))));

        Assert.Equal(1_000, passed.Sum());
    }

    private static int Passed(RateGate gate, int tries)
    {
        var passed = 0;
        for (var i = 0; i < tries; i++)
        {
            passed += gate.TryPass(out _) ? 1 : 0;
        }

        return passed;
    }
}
