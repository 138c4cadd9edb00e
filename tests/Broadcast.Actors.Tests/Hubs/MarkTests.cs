using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace Broadcast.Actors.Tests.Hubs;

/// <summary>What the hub does here is to publish, and to take nobody in. The clock stands still until a test moves it.</summary>
public sealed class MarkTests : TestKit
{
    private readonly Intake _hub = new(16);
    private readonly Tally _marks = new();
    private readonly Tally _items = new();
    private readonly Tally _published = new();
    private readonly TaskCompletionSource _joined = new();
    private readonly Mark _mark;

    public MarkTests()
        : base("akka { loglevel = OFF, scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\" }")
    {
        _mark = new Mark(_hub, _joined);
        var materializer = Sys.Materializer();
        _ = Source.FromGraph(_hub).RunForeach(passed => (passed is Mark ? _marks : _items).Add(), materializer);
        _mark.Begin(materializer, () =>
        {
            _mark.Again();
            _published.Add();
        });
    }

    private TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    [Fact]
    public async Task A_mark_that_did_not_come_is_sent_again_after_a_pause_that_doubles_up_to_a_second_and_never_at_once()
    {
        var count = 1;
        for (var pause = Mark.ShortestPause; pause < Mark.LongestPause * 3; pause *= 2)
        {
            await HaveBeenSentAsync(count);
            var bounded = pause < Mark.LongestPause ? pause : Mark.LongestPause;
            Scheduler.Advance(bounded - TimeSpan.FromTicks(1));
            await HaveBeenSentAsync(count++);
            Scheduler.Advance(TimeSpan.FromTicks(1));
        }
    }

    [Fact]
    public async Task A_mark_that_has_come_is_not_sent_again()
    {
        await HaveBeenSentAsync(1);
        _mark.See(new Mark(_hub, new TaskCompletionSource()));
        Assert.False(_joined.Task.IsCompleted);
        Scheduler.Advance(Mark.ShortestPause);
        await HaveBeenSentAsync(2);

        _mark.See(_mark);
        Assert.True(_joined.Task.IsCompletedSuccessfully);
        Scheduler.Advance(Mark.LongestPause * 10);
        await HaveBeenSentAsync(2);
    }

    /// <summary>Exactly so many: marks pass all others, so whatever waits for the hub comes before an item that is offered now.</summary>
    private async Task HaveBeenSentAsync(int count)
    {
        await _published.UntilAsync(count);
        var items = _items.Count + 1;
        _hub.Offer("item");
        await _items.UntilAsync(items);
        Assert.Equal(count, _marks.Count);
    }
}
