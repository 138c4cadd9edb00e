using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Broadcast.Core.Tests.Pace;

public sealed class ScheduledPushesTests
{
    private const string Room = "dashboard";

    /// <summary>When the clock of a test stands at a tick.</summary>
    private static readonly DateTimeOffset Begin = new(2030, 1, 1, 0, 0, 30, TimeSpan.Zero);

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("row", "S2.16")]
    public async Task It_is_computed_once_per_tick_and_only_while_somebody_listens()
    {
        await using var cluster = await StartAsync("a");
        var node = cluster["a"];
        await using var pushes = Started(node);
        using var ticks = new Outcomes(node.Hub.Metrics.PushTicks);
        var computed = new ConcurrentQueue<DateTimeOffset>();
        pushes.Attach(Room, "stats", ScheduledPushes.DefaultEvery, _ =>
        {
            computed.Enqueue(cluster.Time.GetUtcNow());
            return Said($"{computed.Count}");
        });
        node.Join("elsewhere");
        cluster.Turn();
        var attached = Assert.Single(pushes.List());
        Assert.Equal(("stats", Room, Every), (attached.Name, attached.Room, attached.Every));
        Assert.Equal((null, Begin + Every), (attached.LastRun, attached.Next));

        await TickAsync(cluster, ticks, 1);
        Assert.Empty(computed);
        Assert.Equal(1, Assert.Single(pushes.List()).Unheard);

        TestClient[] members = [await JoinAsync(cluster, "a"), await JoinAsync(cluster, "a"), await JoinAsync(cluster, "a")];
        await TickAsync(cluster, ticks, 2);
        await TickAsync(cluster, ticks, 3);
        Assert.Equal([Begin + (2 * Every), Begin + (3 * Every)], computed);
        await cluster.UntilAsync(() => members.All(m => m.Publications(Room).Count() >= 2), "both ticks at all members");
        Assert.All(members, m => Assert.Equal(["1", "2"], m.Publications(Room)));

        Array.ForEach(members, m => m.Leave(Room));
        cluster.Turn();
        await TickAsync(cluster, ticks, 4);
        Assert.Equal(2, computed.Count);
        Assert.Equal(["unheard", "published", "published", "unheard"], ticks.All);
        var status = Assert.Single(pushes.List());
        Assert.Equal((2L, 2L), (status.Published, status.Unheard));
        Assert.Equal((Begin + (3 * Every), Begin + (5 * Every)), (status.LastRun!.Value, status.Next!.Value));
    }

    [Fact]
    [Trait("row", "S2.17")]
    public async Task One_that_fails_is_logged_and_the_next_tick_runs()
    {
        await using var cluster = await StartAsync("a");
        var node = cluster["a"];
        await using var pushes = Started(node, new ScheduledPushOptions { Timeout = TimeSpan.FromSeconds(10) });
        using var ticks = new Outcomes(node.Hub.Metrics.PushTicks);
        var called = new Tally();
        var member = await JoinAsync(cluster, "a");
        pushes.Attach(Room, "stats", Every, cancellation => Called() switch
        {
            1 => throw new InvalidOperationException("The database is away."),
            2 => Task.FromException<Publication?>(new InvalidOperationException("The query failed.")),
            3 => Task.FromResult<Publication?>(new Publication(default, ContentKind.Text) { Key = new string('k', 256) }),
            4 => Never(cancellation),
            5 => Task.FromResult<Publication?>(null),
            _ => Said("back"),
        });

        await TickAsync(cluster, ticks, 1);
        await TickAsync(cluster, ticks, 2);
        await TickAsync(cluster, ticks, 3);
        cluster.Time.Advance(Every);
        await called.UntilAsync(4);
        cluster.Time.Advance(TimeSpan.FromSeconds(10));
        await ticks.UntilAsync(4);
        Assert.Equal((4L, "It took longer than 00:00:10."), (Assert.Single(pushes.List()).Failures, Assert.Single(pushes.List()).LastFailure));
        cluster.Time.Advance(TimeSpan.FromSeconds(20));
        await ticks.UntilAsync(5);
        await TickAsync(cluster, ticks, 6);

        Assert.Equal(["failed", "failed", "failed", "failed", "empty", "published"], ticks.All);
        await cluster.UntilAsync(() => member.Publications(Room).Any(), "the next tick's publication");
        Assert.Equal(["back"], member.Publications(Room));
        var lines = node.Logger.Lines.Where(l => l.Event.Id == 86).Select(l => l.Text).ToArray();
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("Push stats of room dashboard failed, and runs again at its next tick: The database is away.", lines[0], StringComparison.Ordinal);

        int Called()
        {
            called.Add();
            return called.Count;
        }
    }

    [Fact]
    [Trait("row", "S2.17")]
    public async Task One_that_does_not_look_at_its_cancellation_fails_once_and_the_next_tick_runs()
    {
        await using var cluster = await StartAsync("a");
        var node = cluster["a"];
        await using var pushes = Started(node, new ScheduledPushOptions { Timeout = TimeSpan.FromSeconds(10) });
        using var ticks = new Outcomes(node.Hub.Metrics.PushTicks);
        var called = new Tally();
        var held = new TaskCompletionSource<Publication?>();
        await JoinAsync(cluster, "a");
        pushes.Attach(Room, "stats", Every, _ =>
        {
            called.Add();
            return called.Count == 1 ? held.Task : Said("next");
        });

        cluster.Time.Advance(Every);
        await called.UntilAsync(1);
        cluster.Time.Advance(TimeSpan.FromSeconds(10));
        await ticks.UntilAsync(1);
        Assert.False(Assert.Single(pushes.List()).IsRunning);
        cluster.Time.Advance(TimeSpan.FromSeconds(20));
        await ticks.UntilAsync(2);

        // What it gives at last goes nowhere; it goes on here, before the next line.
        await Task.Run(() => held.SetResult(Publication.Text("too late")));
        await TickAsync(cluster, ticks, 3);

        Assert.Equal(["failed", "published", "published"], ticks.All);
        Assert.Equal("It took longer than 00:00:10.", Assert.Single(pushes.List()).LastFailure);
        Assert.Single(node.Logger.Lines, l => l.Event.Id == 86);
        Assert.DoesNotContain(node.Logger.Lines, l => l.Event.Id == 87);
        var kept = (await node.Hub.ReadAsync(Room, new HistoryQuery(null, HistoryQuery.MaxLimit))).Publications;
        Assert.Equal(["next", "next"], kept.Select(p => Encoding.UTF8.GetString(p.Publication.Data.Span)));
    }

    [Fact]
    [Trait("row", "S2.17")]
    public async Task After_four_that_do_not_look_at_their_cancellation_none_is_called_until_one_has_ended()
    {
        await using var cluster = await StartAsync("a");
        var node = cluster["a"];
        await using var pushes = Started(node, new ScheduledPushOptions { Timeout = TimeSpan.FromSeconds(10) });
        using var ticks = new Outcomes(node.Hub.Metrics.PushTicks);
        var called = new Tally();
        var held = new TaskCompletionSource<Publication?>();
        await JoinAsync(cluster, "a");
        pushes.Attach(Room, "stats", Every, _ =>
        {
            called.Add();
            return called.Count <= 4 ? held.Task : Said("next");
        });

        for (var count = 1; count <= 4; count++)
        {
            cluster.Time.Advance(count == 1 ? Every : Every - TimeSpan.FromSeconds(10));
            await called.UntilAsync(count);
            cluster.Time.Advance(TimeSpan.FromSeconds(10));
            await ticks.UntilAsync(count);
        }

        cluster.Time.Advance(Every - TimeSpan.FromSeconds(10));
        await ticks.UntilAsync(5);
        Assert.Equal((4, 5L), (called.Count, Assert.Single(pushes.List()).Failures));
        Assert.Equal("It was not called: 4 before it took too long, and have not ended yet.", Assert.Single(pushes.List()).LastFailure);

        held.SetResult(null);
        for (var count = 6; called.Count == 4; count++)
        {
            // They end on other threads.
            Assert.InRange(count, 6, 10_000);
            await TickAsync(cluster, ticks, count);
        }

        Assert.Equal("published", ticks.All.Last());
    }

    [Fact]
    [Trait("row", "S2.17")]
    public async Task What_one_does_when_its_time_is_over_may_fail_too()
    {
        await using var cluster = await StartAsync("a");
        var node = cluster["a"];
        await using var pushes = Started(node, new ScheduledPushOptions { Timeout = TimeSpan.FromSeconds(10) });
        using var ticks = new Outcomes(node.Hub.Metrics.PushTicks);
        var called = new Tally();
        await JoinAsync(cluster, "a");
        pushes.Attach(Room, "stats", Every, cancellation =>
        {
            cancellation.Register(() => throw new InvalidOperationException("It does not want to end."));
            called.Add();
            return Never(cancellation);
        });

        cluster.Time.Advance(Every);
        await called.UntilAsync(1);
        cluster.Time.Advance(TimeSpan.FromSeconds(10));
        await ticks.UntilAsync(1);

        Assert.Equal(["failed"], ticks.All);
        await cluster.UntilAsync(() => node.Logger.Lines.Any(l => l.Event.Id == 83), "it is logged");
    }

    [Fact]
    [Trait("row", "S2.16")]
    public async Task Ticks_never_overlap_and_one_that_comes_too_early_is_skipped_and_counted()
    {
        await using var cluster = await StartAsync("a");
        var node = cluster["a"];
        await using var pushes = Started(node, new ScheduledPushOptions { Timeout = TimeSpan.FromHours(1) });
        using var ticks = new Outcomes(node.Hub.Metrics.PushTicks);
        var begun = new Tally();
        var held = new TaskCompletionSource<Publication?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await JoinAsync(cluster, "a");
        pushes.Attach(Room, "stats", Every, _ =>
        {
            begun.Add();
            return begun.Count == 1 ? held.Task : Said("second");
        });

        cluster.Time.Advance(Every);
        await begun.UntilAsync(1);
        cluster.Time.Advance(Every * 2);
        Assert.Equal(["skipped", "skipped"], ticks.All);
        Assert.Equal((true, 2L), (Assert.Single(pushes.List()).IsRunning, Assert.Single(pushes.List()).Skipped));

        held.SetResult(Publication.Text("first"));
        await ticks.UntilAsync(3);
        await TickAsync(cluster, ticks, 4);

        Assert.Equal(["skipped", "skipped", "published", "published"], ticks.All);
        Assert.Equal(2, begun.Count);
        Assert.Equal(2, node.Logger.Lines.Count(l => l.Event.Id == 87));
    }

    [Fact]
    [Trait("row", "S2.16")]
    public async Task Ticks_that_were_missed_are_counted_and_not_made_up_for()
    {
        var time = new ManualTime();
        var clock = new SettableClock(time);
        var start = clock.GetUtcNow();
        await using var hub = HubOf(clock);
        await using var pushes = new ScheduledPushes(hub, new ScheduledPushOptions(), new LoggerOf<ScheduledPushes>(new RecordingLogger()));
        using var ticks = new Outcomes(hub.Metrics.PushTicks);
        pushes.Attach(Room, "stats", Every, _ => Said("never"));
        pushes.Start();

        clock.Set(TimeSpan.FromMinutes(5));
        time.Advance(Every);
        await ticks.UntilAsync(11);
        Assert.Equal((10L, 1L), (Assert.Single(pushes.List()).Skipped, Assert.Single(pushes.List()).Unheard));
        Assert.Equal(start.AddMinutes(6), Assert.Single(pushes.List()).Next);

        clock.Set(TimeSpan.FromMinutes(-3));
        time.Advance(Every);
        await ticks.UntilAsync(12);
        Assert.Equal((10L, 2L), (Assert.Single(pushes.List()).Skipped, Assert.Single(pushes.List()).Unheard));
        Assert.Equal(start.AddMinutes(3.5), Assert.Single(pushes.List()).Next);
    }

    [Fact]
    [Trait("row", "S2.16")]
    public async Task A_timer_that_comes_before_the_clock_says_so_begins_no_tick_twice()
    {
        var time = new ManualTime();
        var clock = new SettableClock(time);
        var start = clock.GetUtcNow();
        await using var hub = HubOf(clock);
        await using var pushes = new ScheduledPushes(hub, new ScheduledPushOptions(), new LoggerOf<ScheduledPushes>(new RecordingLogger()));
        using var ticks = new Outcomes(hub.Metrics.PushTicks);
        pushes.Attach(Room, "stats", Every, _ => Said("never"));
        pushes.Start();

        clock.Set(TimeSpan.FromMilliseconds(-1));
        time.Advance(Every);
        await ticks.UntilAsync(1);
        Assert.Equal(start + Every + Every, Assert.Single(pushes.List()).Next);

        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(start + Every + Every, Assert.Single(pushes.List()).Next);
        Assert.Equal(1L, Assert.Single(pushes.List()).Unheard);
    }

    [Fact]
    [Trait("row", "S2.16")]
    public async Task On_several_nodes_a_tick_is_one_publication()
    {
        await using var cluster = await StartAsync("a", "b");
        await using var onA = Started(cluster["a"]);
        await using var onB = Started(cluster["b"]);
        using var ticksOfA = new Outcomes(cluster["a"].Hub.Metrics.PushTicks);
        using var ticksOfB = new Outcomes(cluster["b"].Hub.Metrics.PushTicks);
        onA.Attach(Room, "stats", Every, _ => Said(Text(cluster)));
        onB.Attach(Room, "stats", Every, _ => Said(Text(cluster)));
        TestClient[] members = [await JoinAsync(cluster, "a"), await JoinAsync(cluster, "b")];

        for (var tick = 1; tick <= 2; tick++)
        {
            cluster.Time.Advance(Every);
            await ticksOfA.UntilAsync(tick);
            await ticksOfB.UntilAsync(tick);
        }

        Assert.Equal(["published", "published"], ticksOfA.All);
        Assert.Equal(["published", "published"], ticksOfB.All);
        await cluster.UntilAsync(() => members.All(m => m.Publications(Room).Count() >= 2), "both ticks at both clients");
        Assert.All(members, m => Assert.Equal(["00:01:00", "00:01:30"], m.Publications(Room)));

        static string Text(TestCluster cluster) => cluster.Time.GetUtcNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task Pushes_are_attached_and_detached_while_the_node_runs_and_listed()
    {
        await using var cluster = await StartAsync("a");
        var node = cluster["a"];
        await using var pushes = new ScheduledPushes(node.Hub, new ScheduledPushOptions { MaxPushes = 2 }, new LoggerOf<ScheduledPushes>(node.Logger));
        using var ticks = new Outcomes(node.Hub.Metrics.PushTicks);
        Assert.Equal(AttachResult.Attached, pushes.Attach("b", "x", Every, _ => Said("x")));
        Assert.Equal(AttachResult.NameInUse, pushes.Attach("b", "x", Every, _ => Said("x")));
        Assert.Null(Assert.Single(pushes.List()).Next);

        pushes.Start();
        Assert.Equal(AttachResult.Attached, pushes.Attach("a", "x", Every, _ => Said("x")));
        Assert.Equal(AttachResult.TooMany, pushes.Attach("c", "x", Every, _ => Said("x")));
        Assert.Equal([("a", Begin + Every), ("b", Begin + Every)], pushes.List().Select(s => (s.Room, s.Next!.Value)));

        Assert.True(await pushes.DetachAsync("a", "x"));
        Assert.False(await pushes.DetachAsync("a", "x"));
        Assert.Equal(AttachResult.Attached, pushes.Attach("c", "x", Every, _ => Said("x")));
        cluster.Time.Advance(Every);
        await ticks.UntilAsync(2);
        Assert.Equal([("b", 1L), ("c", 1L)], pushes.List().Select(s => (s.Room, s.Unheard)));
    }

    [Fact]
    public async Task A_tick_at_work_is_cancelled_when_the_push_is_detached()
    {
        await using var cluster = await StartAsync("a");
        var node = cluster["a"];
        await using var pushes = Started(node);
        using var ticks = new Outcomes(node.Hub.Metrics.PushTicks);
        var begun = new Tally();
        await JoinAsync(cluster, "a");
        pushes.Attach(Room, "stats", Every, cancellation =>
        {
            begun.Add();
            return Never(cancellation);
        });
        cluster.Time.Advance(Every);
        await begun.UntilAsync(1);

        Assert.True(await pushes.DetachAsync(Room, "stats").WaitAsync(Long));

        Assert.Empty(ticks.All);
        Assert.Empty(pushes.List());
        Assert.DoesNotContain(node.Logger.Lines, l => l.Event.Id is 86 or 88);
    }

    [Fact]
    public async Task Nothing_is_published_of_a_tick_that_did_not_stop_in_time()
    {
        await using var cluster = await StartAsync("a");
        var node = cluster["a"];
        await using var pushes = Started(node, new ScheduledPushOptions { Timeout = TimeSpan.FromHours(1) });
        var begun = new Tally();
        var held = new TaskCompletionSource<Publication?>();
        await JoinAsync(cluster, "a");
        pushes.Attach(Room, "stats", Every, _ =>
        {
            begun.Add();
            return held.Task;
        });
        cluster.Time.Advance(Every);
        await begun.UntilAsync(1);

        var detached = pushes.DetachAsync(Room, "stats");
        cluster.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await detached.WaitAsync(Long));
        Assert.Contains(node.Logger.Lines, l => l.Event.Id == 88);

        // It goes on here, before the next line.
        held.SetResult(Publication.Text("too late"));
        Assert.Empty((await node.Hub.ReadAsync(Room, new HistoryQuery(null, HistoryQuery.MaxLimit))).Publications);
    }

    [Fact]
    public async Task What_is_wrong_with_a_push_is_said_when_it_is_attached()
    {
        await using var cluster = await StartAsync("a");
        await using var pushes = Started(cluster["a"]);

        Assert.Throws<ArgumentException>("room", () => pushes.Attach("no room", "stats", Every, _ => Said("x")));
        Assert.Throws<ArgumentException>("name", () => pushes.Attach(Room, "", Every, _ => Said("x")));
        Assert.Throws<ArgumentException>("name", () => pushes.Attach(Room, new string('é', 65), Every, _ => Said("x")));
        Assert.Throws<ArgumentException>("name", () => pushes.Attach(Room, "a\nb", Every, _ => Said("x")));
        Assert.StartsWith(
            "Push stats is to come every 00:00:00; it may be 00:00:00.1000000 to 1.00:00:00.",
            Assert.Throws<ArgumentException>("every", () => pushes.Attach(Room, "stats", TimeSpan.Zero, _ => Said("x"))).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("every", () => pushes.Attach(Room, "stats", TimeSpan.FromDays(2), _ => Said("x")));
        Assert.Empty(pushes.List());
    }

    /// <summary>Nodes that know each other, at a tick.</summary>
    private static async Task<TestCluster> StartAsync(params string[] names)
    {
        var cluster = await TestCluster.OfAsync(names);
        cluster.Time.Advance(Begin - cluster.Time.GetUtcNow());
        return cluster;
    }

    private static Hub HubOf(TimeProvider clock) => new(
        new HubOptions { EventLoops = 1 }, new LocalBackplane(new LocalBackplaneOptions(), _ => new RoomRule(), clock), _ => new RoomRule(), clock, new RecordingLogger(), threads: false);

    private static async Task<TestClient> JoinAsync(TestCluster cluster, string node)
    {
        var client = cluster[node].Join(Room);
        await cluster.UntilAsync(() => client.In(Room)?.State == SubscriptionState.Live, "the client is in the room");
        return client;
    }

    private static ScheduledPushes Started(ClusterNode node, ScheduledPushOptions? options = null)
    {
        var pushes = new ScheduledPushes(node.Hub, options ?? new ScheduledPushOptions(), new LoggerOf<ScheduledPushes>(node.Logger));
        pushes.Start();
        return pushes;
    }

    private static Task<Publication?> Said(string text) => Task.FromResult<Publication?>(Publication.Text(text));

    private static async Task<Publication?> Never(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.Infinite, cancellation);
        return null;
    }

    /// <summary>Comes to the next tick, and returns when that many have been counted.</summary>
    private static async Task TickAsync(TestCluster cluster, Outcomes ticks, int count)
    {
        cluster.Time.Advance(Every);
        await ticks.UntilAsync(count);
        cluster.Turn();
    }
}
