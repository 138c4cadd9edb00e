using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Broadcast.Testing;

/// <summary>What feeds promise, whatever runs them. Its own test class inherits this and says what does.</summary>
public abstract class FeedsContract
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    /// <summary>Null: the core's own tasks.</summary>
    private protected abstract IFeedEngine? Engine { get; }

    [Fact]
    [Trait("row", "S1.9")]
    [Trait("row", "S1.19")]
    public async Task A_source_is_read_once_and_keeps_its_pace_without_any_client()
    {
        await using var rig = NewRig();
        var source = new ScriptedSource().Give("a", "b", "c");

        Assert.Equal(AttachResult.Attached, rig.Feeds.Attach("room", source));
        await source.Asked.UntilAsync(4);

        Assert.Equal(["a", "b", "c"], await rig.HistoryAsync());
        Assert.Equal(1, source.Opened.Count);
        Assert.Equal(("machine", "room", SourceState.Running, 3L), (rig.Status().Name, rig.Status().Room, rig.Status().State, rig.Status().Read));
    }

    [Fact]
    public async Task A_function_is_a_source()
    {
        await using var rig = NewRig();

        rig.Feeds.Attach("room", "numbers", Numbers);
        await rig.Noticed.UntilAsync(1);

        Assert.Equal(["1", "2"], await rig.HistoryAsync());
        Assert.Equal(["room: SourceStopped { Source = numbers, Reason =  }"], rig.Notices);

        static async IAsyncEnumerable<Publication> Numbers([EnumeratorCancellation] CancellationToken cancellation)
        {
            yield return Publication.Text("1");
            await Task.Delay(0, cancellation);
            yield return Publication.Text("2");
        }
    }

    [Fact]
    [Trait("row", "S5.11")]
    public async Task The_next_item_is_read_only_when_the_room_accepted_the_one_before()
    {
        await using var rig = NewRig();
        var published = new Tally();
        rig.Backplane.OnPublish = _ =>
        {
            published.Add();
            return PublishFault.None;
        };
        rig.Backplane.Hold();
        var source = new ScriptedSource().Give("a", "b");

        rig.Feeds.Attach("room", source);
        await published.UntilAsync(1);
        Assert.Equal(1, source.Asked.Count);

        rig.Backplane.Release();
        await source.Asked.UntilAsync(3);
        Assert.Equal(["a", "b"], await rig.HistoryAsync());
    }

    [Fact]
    [Trait("row", "S5.11")]
    public async Task What_is_refused_or_may_be_lost_is_repeated_until_accepted_and_stored_once_in_order()
    {
        await using var rig = NewRig();
        PublishFault[] faults = [PublishFault.Refused, PublishFault.UnknownButStored, PublishFault.UnknownAndLost, PublishFault.Throws];
        rig.Backplane.OnPublish = n => n < faults.Length ? faults[n] : PublishFault.None;
        var source = new ScriptedSource().Give("a", "b");

        rig.Feeds.Attach("room", source);
        for (var i = 0; i < faults.Length; i++)
        {
            await rig.UntilWaitingAsync();
            Assert.NotNull(rig.Status().Reason);
            Assert.Equal(SourceState.Running, rig.Status().State);
            rig.Time.Advance(TimeSpan.FromMilliseconds(100 << i));
        }

        await source.Asked.UntilAsync(3);
        Assert.Equal(["a", "b"], await rig.HistoryAsync());
        Assert.Equal(6, rig.Backplane.Publishes);
        Assert.Equal((1, 0), (source.Opened.Count, rig.Status().Restarts));
        Assert.Null(rig.Status().Reason);
    }

    [Fact]
    [Trait("row", "S1.18")]
    public async Task A_source_that_fails_is_read_anew_after_a_wait_that_doubles_up_to_its_bound()
    {
        await using var rig = NewRig(new SourceOptions { LastRestart = TimeSpan.FromSeconds(6) });
        var source = new ScriptedSource().Give("a").Fail("broken pipe", 4);
        rig.Feeds.Attach("room", source);

        foreach (var (attempt, longest) in new[] { (1, 1), (2, 2), (3, 4), (4, 6) })
        {
            await rig.UntilWaitingAsync();
            var status = rig.Status();
            Assert.Equal((SourceState.Restarting, "broken pipe", attempt), (status.State, status.Reason, status.Attempt));
            Assert.InRange((status.NextTry!.Value - status.Since).TotalSeconds, longest / 2.0, longest);
            Assert.Equal(attempt, source.Opened.Count);
            rig.Time.Advance(status.NextTry.Value - status.Since + TimeSpan.FromMilliseconds(1));
            await source.Opened.UntilAsync(attempt + 1);
        }

        source.Give("b");
        await source.Asked.UntilAsync(7);
        Assert.Equal(["a", "b"], await rig.HistoryAsync());
        Assert.Equal((SourceState.Running, 4, 2L), (rig.Status().State, rig.Status().Restarts, rig.Status().Read));
        Assert.Null(rig.Status().Reason);
        Assert.Empty(rig.Notices);
    }

    [Fact]
    [Trait("row", "S1.18")]
    public async Task A_source_that_fails_once_too_often_is_reported_and_the_room_can_be_given_a_new_one()
    {
        await using var rig = NewRig(new SourceOptions { MaxRestarts = 2 });
        var source = new ScriptedSource().Fail("no such device", 3);
        rig.Feeds.Attach("room", source);
        await rig.PassAsync(TimeSpan.FromSeconds(1));
        await source.Opened.UntilAsync(2);
        await rig.PassAsync(TimeSpan.FromSeconds(2));
        await rig.Noticed.UntilAsync(1);

        Assert.Equal((SourceState.Failed, "no such device", 2), (rig.Status().State, rig.Status().Reason, rig.Status().Restarts));
        Assert.Equal(["room: SourceStopped { Source = machine, Reason = no such device }"], rig.Notices);
        Assert.Contains(rig.Logged, l => l.Level == LogLevel.Error);
        Assert.Equal(3, source.Closed.Count);

        var next = new ScriptedSource().Give("back");
        Assert.Equal(AttachResult.Attached, rig.Feeds.Attach("room", next));
        await next.Asked.UntilAsync(2);
        Assert.Equal(["back"], await rig.HistoryAsync());
        Assert.Equal(SourceState.Running, rig.Status().State);
    }

    [Fact]
    public async Task A_source_that_ran_well_for_a_while_may_fail_as_often_again()
    {
        await using var rig = NewRig(new SourceOptions { MaxRestarts = 1 });
        var source = new ScriptedSource().Fail("one");
        rig.Feeds.Attach("room", source);
        await rig.PassAsync(Long);
        await source.Asked.UntilAsync(2);

        rig.Time.Advance(TimeSpan.FromSeconds(60));
        source.Fail("two");
        await rig.UntilWaitingAsync();

        Assert.Equal((SourceState.Restarting, 1), (rig.Status().State, rig.Status().Attempt));
    }

    [Fact]
    [Trait("row", "S1.18")]
    [Trait("row", "S5.10")]
    public async Task Whatever_a_source_throws_wherever_is_its_failure_and_nobody_elses()
    {
        await using var rig = NewRig(new SourceOptions { MaxRestarts = 0 });
        var well = new ScriptedSource("well");
        rig.Feeds.Attach("room", well);

        rig.Feeds.Attach("room", "at once", _ => throw new IOException("at once"));
        rig.Feeds.Attach("room", "nothing", _ => null!);
        rig.Feeds.Attach("room", new ScriptedSource("cancelled").Do(() => throw new TaskCanceledException("timed out inside")));
        rig.Feeds.Attach("room", "null", _ => Of(null!));
        rig.Feeds.Attach("room", new ScriptedSource("bad event").Do(() => new Publication("x"u8.ToArray(), ContentKind.Text) { Event = "a\nb" }));
        rig.Feeds.Attach("room", new ScriptedSource("closing") { Closing = () => throw new IOException("close") }
            .Do(() => new Publication("x"u8.ToArray(), ContentKind.Text) { Key = "a\nb" }));
        await rig.Noticed.UntilAsync(6);

        Assert.Equal(SourceState.Failed, rig.Status("at once").State);
        Assert.Equal(SourceState.Failed, rig.Status("nothing").State);
        Assert.Equal("timed out inside", rig.Status("cancelled").Reason);
        Assert.Equal(SourceState.Failed, rig.Status("null").State);
        Assert.Contains("control characters", rig.Status("bad event").Reason, StringComparison.Ordinal);
        Assert.Contains("control characters", rig.Status("closing").Reason, StringComparison.Ordinal);

        well.Give("still here");
        await well.Asked.UntilAsync(2);
        Assert.Equal(["still here"], await rig.HistoryAsync());

        static async IAsyncEnumerable<Publication> Of(Publication item)
        {
            await Task.CompletedTask;
            yield return item;
        }
    }

    [Fact]
    [Trait("row", "S1.17")]
    public async Task The_end_of_a_source_is_told_after_its_last_item_was_accepted()
    {
        await using var rig = NewRig();
        rig.Backplane.OnPublish = n => n == 0 ? PublishFault.UnknownAndLost : PublishFault.None;
        var source = new ScriptedSource().Give("last").End();
        rig.Feeds.Attach("room", source);
        await rig.UntilWaitingAsync();
        Assert.Empty(rig.Notices);

        rig.Time.Advance(Long);
        await rig.Noticed.UntilAsync(1);

        Assert.Equal(["last"], await rig.HistoryAsync());
        Assert.Equal(["room: SourceStopped { Source = machine, Reason =  }"], rig.Notices);
        Assert.Equal((SourceState.Ended, 1), (rig.Status().State, source.Closed.Count));
    }

    [Fact]
    [Trait("row", "S1.17")]
    public async Task The_end_of_a_source_is_told_again_when_telling_failed()
    {
        await using var rig = NewRig();
        rig.Backplane.FailingNotices = 2;
        rig.Feeds.Attach("room", new ScriptedSource().End());

        // Each wait is armed by whoever runs the one before, which may be another thread.
        var noticed = rig.Noticed.UntilAsync(1);
        while (!noticed.IsCompleted)
        {
            await Task.WhenAny(noticed, rig.PassAsync(Long));
        }

        await noticed;
        Assert.Equal(SourceState.Ended, rig.Status().State);
    }

    [Fact]
    [Trait("row", "S1.20")]
    [Trait("row", "S5.4")]
    public async Task Several_sources_feed_a_room_and_come_and_go_at_run_time()
    {
        await using var rig = NewRig();
        var (one, two) = (new ScriptedSource("one"), new ScriptedSource("two"));
        rig.Feeds.Attach("room", one);
        rig.Feeds.Attach("room", two);
        rig.Feeds.Attach("elsewhere", new ScriptedSource("one"));
        Assert.Equal(AttachResult.NameInUse, rig.Feeds.Attach("room", new ScriptedSource("one")));
        Assert.Equal([("elsewhere", "one"), ("room", "one"), ("room", "two")], rig.Feeds.List().Select(s => (s.Room, s.Name)));

        one.Give("1");
        await one.Asked.UntilAsync(2);
        Assert.True(await rig.Feeds.DetachAsync("room", "one"));
        Assert.False(await rig.Feeds.DetachAsync("room", "one"));
        two.Give("2");
        await two.Asked.UntilAsync(2);

        Assert.Equal(["1", "2"], await rig.HistoryAsync());
        Assert.Equal((1, 0), (one.Closed.Count, two.Closed.Count));
        Assert.Equal([("elsewhere", "one"), ("room", "two")], rig.Feeds.List().Select(s => (s.Room, s.Name)));
        Assert.Empty(rig.Notices);
    }

    [Fact]
    [Trait("row", "S5.4")]
    public async Task A_source_can_be_detached_while_it_waits_for_whatever()
    {
        await using var rig = NewRig();
        rig.Backplane.OnPublish = _ => PublishFault.Refused;
        var refused = new ScriptedSource("refused").Give("x");
        var failing = new ScriptedSource("failing").Fail("oh");
        var paused = new ScriptedSource("paused");
        rig.Feeds.Attach("room", refused);
        rig.Feeds.Attach("room", failing);
        await rig.UntilWaitingAsync(2);
        rig.Feeds.Attach("room", paused);
        await paused.Asked.UntilAsync(1);
        Assert.True(rig.Feeds.Pause("room", "paused"));
        paused.Give("held");

        foreach (var name in new[] { "refused", "failing", "paused" })
        {
            Assert.True(await rig.Feeds.DetachAsync("room", name));
        }

        Assert.Empty(rig.Feeds.List());
        Assert.Empty(rig.Notices);
        Assert.Empty(await rig.HistoryAsync());
        Assert.Equal((1, 1, 1), (refused.Closed.Count, failing.Closed.Count, paused.Closed.Count));
    }

    [Fact]
    [Trait("row", "S5.5")]
    public async Task A_paused_source_is_not_read_and_goes_on_where_it_stopped()
    {
        await using var rig = NewRig();
        var source = new ScriptedSource().Give("a");
        rig.Feeds.Attach("room", source);
        await source.Asked.UntilAsync(2);

        Assert.True(rig.Feeds.Pause("room", "machine"));
        Assert.True(rig.Feeds.Pause("room", "machine"));
        source.Give("b", "c");
        Assert.Equal(["a"], await rig.HistoryAsync());
        Assert.True(rig.Status().IsPaused);
        Assert.Equal(2, source.Asked.Count);

        Assert.True(rig.Feeds.Resume("room", "machine"));
        Assert.True(rig.Feeds.Resume("room", "machine"));
        await source.Asked.UntilAsync(4);
        Assert.Equal(["a", "b", "c"], await rig.HistoryAsync());
        Assert.False(rig.Status().IsPaused);
        Assert.Equal((1, 0), (source.Opened.Count, source.Closed.Count));
        Assert.False(rig.Feeds.Pause("room", "nobody"));
    }

    [Fact]
    [Trait("row", "S5.12")]
    public async Task All_sources_have_stopped_and_are_closed_when_the_node_stops()
    {
        await using var rig = NewRig();
        var sources = Enumerable.Range(0, 20).Select(i => new ScriptedSource($"source {i}")).ToArray();
        foreach (var source in sources)
        {
            rig.Feeds.Attach("room", source);
            await source.Asked.UntilAsync(1);
        }

        await rig.Feeds.DisposeAsync();

        Assert.All(sources, s => Assert.Equal(1, s.Closed.Count));
        Assert.Empty(rig.Feeds.List());
        Assert.Empty(rig.Notices);
        Assert.Throws<ObjectDisposedException>(() => rig.Feeds.Attach("room", new ScriptedSource()));
    }

    [Fact]
    [Trait("row", "S5.12")]
    public async Task A_source_that_does_not_stop_is_left_to_itself_and_gives_nothing_more()
    {
        await using var rig = NewRig();
        var (asked, item, closed) = (new Tally(), new TaskCompletionSource<Publication>(), new Tally());
        rig.Feeds.Attach("room", "deaf", _ => Deaf());
        await asked.UntilAsync(1);

        var detaching = rig.Feeds.DetachAsync("room", "deaf");
        Assert.Empty(rig.Feeds.List());
        await rig.PassAsync(TimeSpan.FromSeconds(5));
        Assert.True(await detaching);
        Assert.Contains(rig.Logged, l => l.Level == LogLevel.Error && l.Text.Contains("deaf", StringComparison.Ordinal));

        item.SetResult(Publication.Text("too late"));
        await closed.UntilAsync(1);
        Assert.Empty(await rig.HistoryAsync());

        async IAsyncEnumerable<Publication> Deaf()
        {
            try
            {
                asked.Add();
                yield return await item.Task;
            }
            finally
            {
                closed.Add();
            }
        }
    }

    [Fact]
    [Trait("row", "S5.12")]
    public async Task A_source_whose_cancellation_throws_is_stopped_all_the_same()
    {
        await using var rig = NewRig();
        var asked = new Tally();
        rig.Feeds.Attach("room", "thrower", Thrower);
        await asked.UntilAsync(1);

        Assert.True(await rig.Feeds.DetachAsync("room", "thrower"));
        Assert.Contains(rig.Logged, l => l.Level == LogLevel.Warning);

        async IAsyncEnumerable<Publication> Thrower([EnumeratorCancellation] CancellationToken cancellation)
        {
            using var registered = cancellation.Register(() => throw new IOException("on cancellation"));
            asked.Add();
            await Task.Delay(Timeout.Infinite, cancellation);
            yield break;
        }
    }

    [Fact]
    public async Task The_last_words_of_a_source_come_before_the_first_of_its_successor()
    {
        await using var rig = NewRig();
        var published = new Tally();
        var order = new List<string>();
        rig.Backplane.OnPublish = _ =>
        {
            order.Add("published");
            published.Add();
            return PublishFault.None;
        };
        rig.Backplane.OnNotified = (_, _) => order.Add("told");
        rig.Backplane.Hold();
        rig.Feeds.Attach("room", new ScriptedSource().End());
        while (rig.Status().State != SourceState.Ended)
        {
            await Task.Yield();
        }

        Assert.Equal(AttachResult.Attached, rig.Feeds.Attach("room", new ScriptedSource().Give("new")));
        rig.Backplane.Release();
        await published.UntilAsync(1);

        Assert.Equal(["told", "published"], order);
    }

    [Fact]
    public async Task There_are_no_more_sources_than_the_node_allows()
    {
        await using var rig = NewRig(new SourceOptions { MaxSources = 1 });
        rig.Feeds.Attach("room", new ScriptedSource("one"));

        Assert.Equal(AttachResult.TooMany, rig.Feeds.Attach("room", new ScriptedSource("two")));
        await rig.Feeds.DetachAsync("room", "one");
        Assert.Equal(AttachResult.Attached, rig.Feeds.Attach("room", new ScriptedSource("two")));
        Assert.Throws<ArgumentException>(() => rig.Feeds.Attach("not a room", new ScriptedSource()));
        Assert.Throws<ArgumentException>(() => rig.Feeds.Attach("room", new ScriptedSource(" ")));
    }

    [Fact]
    [Trait("row", "S5.10")]
    public async Task No_exception_of_a_source_goes_unobserved()
    {
        var unobserved = new Tally();
        void Count(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            if (e.Exception.ToString().Contains("mark of this test", StringComparison.Ordinal))
            {
                unobserved.Add();
            }
        }

        TaskScheduler.UnobservedTaskException += Count;
        try
        {
            await FailEverywhereAsync();
            for (var i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Count;
        }

        Assert.Equal(0, unobserved.Count);

        async Task FailEverywhereAsync()
        {
            await using var rig = NewRig(new SourceOptions { MaxRestarts = 0 });
            rig.Feeds.Attach("room", new ScriptedSource("failing").Fail("mark of this test"));
            await rig.Noticed.UntilAsync(1);

            var (asked, item) = (new Tally(), new TaskCompletionSource<Publication>());
            rig.Feeds.Attach("room", "deaf", _ => Deaf());
            await asked.UntilAsync(1);
            var detaching = rig.Feeds.DetachAsync("room", "deaf");
            await rig.PassAsync(TimeSpan.FromSeconds(5));
            await detaching;
            item.SetException(new IOException("mark of this test"));

            async IAsyncEnumerable<Publication> Deaf()
            {
                asked.Add();
                yield return await item.Task;
            }
        }
    }

    private protected FeedsRig NewRig(SourceOptions? options = null) => new(options, Engine);
}
