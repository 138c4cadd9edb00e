using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.Xunit2;
using Broadcast.Actors.Tests.Hubs;
using Broadcast.Protocol;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Broadcast.Actors.Tests.Sources;

public sealed class SourceActorTests : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly IActorRef _sources;

    public SourceActorTests() => _sources = Sys.ActorOf(SourcesActor.Props(), "sources");

    [Fact]
    [Trait("row", "S1.6")]
    [Trait("row", "S1.9")]
    public async Task A_slow_tap_loses_the_oldest_and_holds_up_neither_the_room_nor_other_taps()
    {
        await using var rig = NewRig();
        var source = new ScriptedSource();
        rig.Feeds.Attach("room", source);
        await source.Asked.UntilAsync(1);
        var (slow, fast) = (new Taker<Publication>(), new Taker<Publication>());
        var behind = await TapAsync(slow, 4);
        var ahead = await TapAsync(fast, 4);
        await Task.WhenAll(behind!.Attached, ahead!.Attached).WaitAsync(Patience);
        slow.Hold();

        string[] items = [.. Enumerable.Range(1, 200).Select(n => n.ToString(CultureInfo.InvariantCulture))];
        for (var i = 0; i < items.Length; i++)
        {
            source.Give(items[i]);
            await source.Asked.UntilAsync(i + 2);
            await Task.WhenAll(fast.Count.UntilAsync(i + 1), slow.Count.UntilAsync(1));
        }

        Assert.Equal(items, await rig.HistoryAsync());
        Assert.Equal(items, Texts(fast));
        Assert.Equal((1, 1), (source.Opened.Count, slow.Count.Count));

        slow.Release();
        await rig.Feeds.DetachAsync("room", "machine");
        await Task.WhenAll(slow.Done, fast.Done).WaitAsync(Patience);
        Assert.Equal((0, 200), (ahead.Lost, behind.Lost + slow.Taken.Count));
        Assert.Equal(["197", "198", "199", "200"], Texts(slow).TakeLast(4));
    }

    [Fact]
    [Trait("row", "S1.18")]
    public async Task A_tap_stays_over_restarts_and_its_sink_completes_when_the_source_has_ended()
    {
        await using var rig = NewRig();
        var source = new ScriptedSource();
        rig.Feeds.Attach("room", source);
        await source.Asked.UntilAsync(1);
        var taker = new Taker<Publication>();
        await (await TapAsync(taker, 16))!.Attached.WaitAsync(Patience);

        source.Give("a").Fail("broken pipe");
        await rig.PassAsync(TimeSpan.FromSeconds(1));
        source.Give("b").End();
        await rig.Noticed.UntilAsync(1);
        await taker.Done.WaitAsync(Patience);

        Assert.Equal(["a", "b"], Texts(taker));
        Assert.Equal((SourceState.Ended, 1), (rig.Status().State, rig.Status().Restarts));
        Assert.Null(await TapAsync(new Taker<Publication>(), 1));
    }

    [Fact]
    [Trait("row", "S1.11")]
    public async Task A_tap_that_fails_is_nobody_elses_business()
    {
        await using var rig = NewRig();
        var source = new ScriptedSource();
        rig.Feeds.Attach("room", source);
        await source.Asked.UntilAsync(1);
        var broken = new Taker<Publication> { Fault = new IOException("broken") };
        var consumer = await TapAsync(broken, 4);
        await consumer!.Attached.WaitAsync(Patience);

        source.Give("a", "b");
        await source.Asked.UntilAsync(3);
        await consumer.Ended.WaitAsync(Patience);

        Assert.Equal(["a", "b"], await rig.HistoryAsync());
        Assert.Equal(SourceState.Running, rig.Status().State);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => TapAsync(new Taker<Publication>(), 0));
        source.Give("c");
        await source.Asked.UntilAsync(4);
    }

    [Fact]
    [Trait("row", "S5.10")]
    public async Task A_fault_of_ours_stops_the_actor_of_one_source_and_its_feed_has_failed_and_is_told()
    {
        await using var rig = NewRig();
        var (struck, well) = (new ScriptedSource("struck"), new ScriptedSource("well"));
        rig.Feeds.Attach("room", struck);
        rig.Feeds.Attach("room", well);
        await Task.WhenAll(struck.Asked.UntilAsync(1), well.Asked.UntilAsync(1));
        rig.OnLogged = (level, text) =>
        {
            rig.Logged.Enqueue((level, text));
            if (text.Contains("does not accept", StringComparison.Ordinal))
            {
                throw new InvalidOperationException("The log is broken.");
            }
        };

        rig.Backplane.OnPublish = n => n == 0 ? PublishFault.Refused : PublishFault.None;
        struck.Give("lost");
        await rig.Noticed.UntilAsync(1);
        await struck.Closed.UntilAsync(1);

        Assert.Equal((SourceState.Failed, "The log is broken."), (rig.Status("struck").State, rig.Status("struck").Reason));
        Assert.Equal(["room: SourceStopped { Source = struck, Reason = The log is broken. }"], rig.Notices);
        Assert.Contains(rig.Logged, l => l.Level == LogLevel.Error && l.Text.Contains("struck", StringComparison.Ordinal));

        well.Give("well");
        await well.Asked.UntilAsync(2);
        var next = new ScriptedSource("struck").Give("back");
        Assert.Equal(AttachResult.Attached, rig.Feeds.Attach("room", next));
        await next.Asked.UntilAsync(2);
        Assert.Equal(["well", "back"], await rig.HistoryAsync());
    }

    [Fact]
    public async Task Sources_whose_supervisor_ends_are_closed_and_have_failed()
    {
        await using var rig = NewRig();
        var source = new ScriptedSource();
        rig.Feeds.Attach("room", source);
        await source.Asked.UntilAsync(1);

        await _sources.GracefulStop(Patience);
        await source.Closed.UntilAsync(1);
        await rig.Noticed.UntilAsync(1);

        Assert.Equal((SourceState.Failed, "The node's actors were stopped."), (rig.Status().State, rig.Status().Reason));
        Assert.True(await rig.Feeds.DetachAsync("room", "machine"));
    }

    [Fact]
    [Trait("row", "S5.12")]
    public async Task After_a_clean_stop_there_is_no_actor_no_stream_and_no_dead_letter()
    {
        var dead = CreateTestProbe();
        Sys.EventStream.Subscribe(dead, typeof(DeadLetter));
        await using (var rig = NewRig(new SourceOptions { MaxRestarts = 0 }))
        {
            rig.Backplane.OnPublish = n => n == 0 ? PublishFault.Refused : PublishFault.None;
            var refused = new ScriptedSource("refused").Give("x");
            rig.Feeds.Attach("room", refused);
            await rig.UntilWaitingAsync();

            var (idle, busy, paused) = (new ScriptedSource("idle"), new ScriptedSource("busy"), new ScriptedSource("paused"));
            foreach (var source in new[] { idle, busy, paused })
            {
                rig.Feeds.Attach("room", source);
                await source.Asked.UntilAsync(1);
            }

            rig.Feeds.Attach("room", new ScriptedSource("ending").End());
            rig.Feeds.Attach("room", new ScriptedSource("failing").Fail("oh"));
            await rig.Noticed.UntilAsync(2);
            Assert.True(rig.Feeds.Pause("room", "paused"));
            paused.Give("held");
            rig.Feeds.Pause("room", "ending");
            rig.Feeds.Resume("room", "ending");
            busy.Give([.. Enumerable.Repeat("item", 1_000)]);
            await busy.Asked.UntilAsync(100);
            Assert.True(await rig.Feeds.DetachAsync("room", "idle"));
        }

        // The supervisor has what is left: its streams' own supervisor.
        await AwaitAssertAsync(() => Assert.Single(Children(_sources)), Patience);
        await AwaitAssertAsync(() => Assert.Empty(Children(Assert.Single(Children(_sources)))), Patience);
        await dead.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    [Fact]
    public async Task The_state_of_a_source_can_be_asked_of_the_actors()
    {
        await using var rig = NewRig();
        var source = new ScriptedSource().Give("a");
        rig.Feeds.Attach("room", source);
        await source.Asked.UntilAsync(2);

        var report = await _sources.Ask<SourceReport>(new DescribeSource("room", "machine"), Patience);
        Assert.Equal(rig.Status(), report.Status);
        Assert.Equal((SourceState.Running, 1L), (report.Status!.State, report.Status.Read));
        Assert.Null((await _sources.Ask<SourceReport>(new DescribeSource("room", "nobody"), Patience)).Status);
    }

    [Fact]
    [Trait("row", "S1.18")]
    public async Task Each_failure_in_a_row_waits_up_to_twice_as_long_by_the_hubs_clock()
    {
        await using var rig = NewRig(new SourceOptions { FirstRestart = TimeSpan.FromHours(1), LastRestart = TimeSpan.FromHours(3), MaxRestarts = 3 });
        var source = new ScriptedSource().Fail("broken pipe", 4);
        rig.Feeds.Attach("room", source);

        foreach (var (attempt, longest) in new[] { (1, 1.0), (2, 2.0), (3, 3.0) })
        {
            await rig.UntilWaitingAsync();
            var status = rig.Status();
            Assert.Equal((SourceState.Restarting, attempt), (status.State, status.Attempt));
            Assert.InRange((status.NextTry!.Value - status.Since).TotalHours, longest / 2, longest);
            rig.Time.Advance(status.NextTry.Value - status.Since + TimeSpan.FromMilliseconds(1));
            await source.Opened.UntilAsync(attempt + 1);
        }

        await rig.Noticed.UntilAsync(1);
        Assert.Equal((SourceState.Failed, 3), (rig.Status().State, rig.Status().Restarts));
    }

    private static IEnumerable<IActorRef> Children(IActorRef actor) => ((ActorRefWithCell)actor).Children;

    private static IEnumerable<string> Texts(Taker<Publication> taker) => taker.Taken.Select(p => Encoding.UTF8.GetString(p.Data.Span));

    private FeedsRig NewRig(SourceOptions? options = null) => new(options, new ActorFeedEngine(() => _sources));

    private async Task<HubConsumer?> TapAsync(Taker<Publication> taker, int capacity) =>
        (await _sources.Ask<SourceTapped>(new TapSource("room", "machine", taker.Sink, capacity), Patience)).Consumer;
}
