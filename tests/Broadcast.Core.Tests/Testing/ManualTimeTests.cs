namespace Broadcast.Core.Tests.Testing;

public sealed class ManualTimeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ManualTime _time = new();

    [Fact]
    public void Clock_and_timestamps_move_together_and_only_when_told()
    {
        var (then, stamp) = (_time.GetUtcNow(), _time.GetTimestamp());
        Assert.Equal(then, _time.GetUtcNow());

        _time.Advance(TimeSpan.FromMilliseconds(1500));

        Assert.Equal(TimeSpan.FromMilliseconds(1500), _time.GetUtcNow() - then);
        Assert.Equal(TimeSpan.FromMilliseconds(1500), _time.GetElapsedTime(stamp));
    }

    [Fact]
    public void A_timer_fires_once_when_it_is_due_and_not_before()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, Second, Timeout.InfiniteTimeSpan);

        _time.Advance(Second - TimeSpan.FromTicks(1));
        Assert.Equal(0, fired);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(1, fired);
        _time.Advance(10 * Second);
        Assert.Equal(1, fired);
    }

    [Fact]
    public void Timers_fire_in_the_order_they_are_due_and_see_their_own_time()
    {
        var start = _time.GetUtcNow();
        var fired = new List<(string, TimeSpan)>();
        void Note(object? name) => fired.Add(((string)name!, _time.GetUtcNow() - start));
        using var late = _time.CreateTimer(Note, "late", 3 * Second, Timeout.InfiniteTimeSpan);
        using var periodic = _time.CreateTimer(Note, "periodic", Second, 2 * Second);
        using var early = _time.CreateTimer(Note, "early", Second, Timeout.InfiniteTimeSpan);

        _time.Advance(4 * Second);

        Assert.Equal([("periodic", Second), ("early", Second), ("late", 3 * Second), ("periodic", 3 * Second)], fired);
        Assert.Equal(4 * Second, _time.GetUtcNow() - start);
    }

    [Fact]
    public void A_timer_armed_by_another_fires_in_the_same_advance()
    {
        var fired = 0;
        ITimer? second = null;
        using var first = _time.CreateTimer(
            _ => second = _time.CreateTimer(_ => fired++, null, Second, Timeout.InfiniteTimeSpan), null, Second, Timeout.InfiniteTimeSpan);

        _time.Advance(2 * Second);

        Assert.Equal(1, fired);
        second!.Dispose();
    }

    [Fact]
    public void A_timer_due_at_once_fires_at_the_next_advance_even_by_nothing()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        Assert.Equal(0, fired);

        _time.Advance(TimeSpan.Zero);

        Assert.Equal(1, fired);
    }

    [Fact]
    public void A_changed_timer_forgets_its_old_time()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, Second, Second);

        Assert.True(timer.Change(5 * Second, Timeout.InfiniteTimeSpan));
        _time.Advance(4 * Second);
        Assert.Equal(0, fired);
        _time.Advance(10 * Second);
        Assert.Equal(1, fired);

        Assert.True(timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void A_disposed_timer_never_fires_and_cannot_be_armed_again()
    {
        var fired = 0;
        var timer = _time.CreateTimer(_ => fired++, null, Second, Second);
        timer.Dispose();

        Assert.False(timer.Change(Second, Second));
        _time.Advance(10 * Second);

        Assert.Equal(0, fired);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public void A_timer_may_dispose_itself_and_move_the_clock()
    {
        var start = _time.GetUtcNow();
        ITimer? timer = null;
        timer = _time.CreateTimer(
            _ =>
            {
                timer!.Dispose();
                _time.Advance(5 * Second);
            },
            null, Second, Second);

        _time.Advance(2 * Second);

        Assert.Equal(6 * Second, _time.GetUtcNow() - start);
    }

    [Fact]
    public async Task Delays_time_outs_and_periodic_timers_of_the_library_follow_it()
    {
        var delay = Task.Delay(Second, _time);
        using var timeout = new CancellationTokenSource(Second, _time);
        using var periodic = new PeriodicTimer(Second, _time);
        var tick = periodic.WaitForNextTickAsync();
        Assert.Equal(3, _time.ArmedTimers);
        Assert.False(delay.IsCompleted || timeout.IsCancellationRequested || tick.IsCompleted);

        _time.Advance(Second);

        Assert.True(delay.IsCompletedSuccessfully);
        Assert.True(timeout.IsCancellationRequested);
        Assert.True(await tick);
        Assert.Equal(1, _time.ArmedTimers);
    }

    [Fact]
    public async Task A_test_can_wait_until_somebody_waits_for_the_clock()
    {
        var one = _time.UntilArmedAsync();
        var two = _time.UntilArmedAsync(2);
        Assert.False(one.IsCompleted);

        var elsewhere = Task.Run(() => Task.Delay(Second, _time));
        await one;
        Assert.False(two.IsCompleted);
        var delay = Task.Delay(Second, _time);
        await two;

        _time.Advance(Second);
        await Task.WhenAll(elsewhere, delay);
    }

    [Fact]
    public async Task A_test_can_wait_until_somebody_waits_for_a_certain_time()
    {
        var due = _time.UntilDueAsync(Second);
        var sooner = Task.Delay(0.5 * Second, _time);
        var later = Task.Delay(2 * Second, _time);
        Assert.False(due.IsCompleted);

        var elsewhere = Task.Run(() => Task.Delay(Second, _time));
        await due;
        _time.Advance(Second);
        Assert.True(_time.UntilDueAsync(Second).IsCompletedSuccessfully);

        _time.Advance(Second);
        await Task.WhenAll(sooner, later, elsewhere);
    }

    [Fact]
    public void Time_does_not_run_backwards() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _time.Advance(TimeSpan.FromTicks(-1)));
}
