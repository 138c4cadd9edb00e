using System.Globalization;
using System.Text;

namespace Broadcast.Core.Tests.Pace;

public sealed class PacedBroadcasterTests
{
    [Theory]
    [InlineData(10, 100)]
    [InlineData(5, 200)]
    [InlineData(3, 334)]
    [InlineData(1_000, 1)]
    [Trait("row", "S2.37")]
    [Trait("row", "S2.38")]
    public async Task Items_leave_in_order_one_at_a_time_and_never_more_than_the_rate(int rate, double apart)
    {
        await using var rig = new PaceRig(new PaceOptions { MaxPerSecond = rate });
        for (var number = 0; number < 30; number++)
        {
            Assert.Equal(EnqueueResult.Queued, rig.Enqueue(number.ToString(CultureInfo.InvariantCulture)));
        }

        await rig.Outcomes.UntilAsync(1);
        for (var count = 2; count <= 30; count++)
        {
            await rig.PassAsync(apart, count);
        }

        rig.AssertSent([.. Enumerable.Range(0, 30).Select(n => ($"{n}", n * apart))]);
        Assert.Equal((30L, 0), (rig.Broadcaster.Status.Sent, rig.Broadcaster.Status.Waiting));
    }

    [Fact]
    [Trait("row", "S2.37")]
    public void The_rate_is_ten_where_nothing_else_is_said() => Assert.Equal(10, new PaceOptions().MaxPerSecond);

    [Fact]
    [Trait("row", "S2.37")]
    public async Task After_an_idle_time_one_leaves_at_once_and_the_others_at_the_pace()
    {
        await using var rig = new PaceRig();
        rig.Enqueue("a");
        await rig.Outcomes.UntilAsync(1);
        rig.Time.Advance(TimeSpan.FromHours(1));

        Array.ForEach(["b", "c", "d"], n => rig.Enqueue(n));
        await rig.Outcomes.UntilAsync(2);
        await rig.PassAsync(100, 3);
        await rig.PassAsync(100, 4);

        rig.AssertSent(("a", 0), ("b", 3_600_000), ("c", 3_600_100), ("d", 3_600_200));
    }

    [Fact]
    [Trait("row", "S2.37")]
    public async Task What_comes_soon_after_another_waits_for_its_turn_though_nothing_else_does()
    {
        await using var rig = new PaceRig();
        rig.Enqueue("a");
        await rig.Outcomes.UntilAsync(1);
        rig.Time.Advance(TimeSpan.FromMilliseconds(30));

        rig.Enqueue("b");
        await rig.PassAsync(70, 2);

        rig.AssertSent(("a", 0), ("b", 100));
    }

    [Fact]
    [Trait("row", "S2.37")]
    [Trait("row", "S2.38")]
    public async Task The_next_waits_for_one_that_takes_long_and_the_lost_time_is_not_made_up_for()
    {
        await using var rig = new PaceRig();
        var held = await rig.HoldAsync("a");
        Array.ForEach(["b", "c"], n => rig.Enqueue(n));
        rig.Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(["a"], rig.SentNames);

        held.SetResult();
        await rig.Outcomes.UntilAsync(2);
        await rig.PassAsync(100, 3);

        rig.AssertSent(("a", 0), ("b", 250), ("c", 350));
    }

    [Fact]
    [Trait("row", "S2.40")]
    public async Task What_finds_the_line_full_is_refused_and_the_caller_is_told_at_once()
    {
        await using var rig = new PaceRig(new PaceOptions { MaxWaiting = 2 });
        var held = await rig.HoldAsync("a");

        Assert.Equal(
            [EnqueueResult.Queued, EnqueueResult.Queued, EnqueueResult.Refused], new[] { "b", "c", "d" }.Select(n => rig.Enqueue(n, key: "same")).ToArray());

        var status = rig.Broadcaster.Status;
        Assert.Equal(("test", 2, 1L), (status.Name, status.Waiting, status.Refused));
        Assert.Equal(rig.Time.GetUtcNow(), status.OldestAt);
        held.SetResult();
        await rig.Outcomes.UntilAsync(2);
        await rig.PassAsync(100, 3);
        await rig.PassAsync(100, 4);
        Assert.Equal(["a", "b", "c"], rig.SentNames);
        Assert.Null(rig.Broadcaster.Status.OldestAt);
    }

    [Fact]
    [Trait("row", "S2.40")]
    public async Task The_newest_of_a_key_takes_the_place_of_the_one_that_waits()
    {
        await using var rig = new PaceRig(new PaceOptions { MaxWaiting = 3, Rule = PaceRule.Coalesce });
        var held = await rig.HoldAsync("a");

        Assert.Equal(EnqueueResult.Queued, rig.Enqueue("x1", "x"));
        Assert.Equal(EnqueueResult.Queued, rig.Enqueue("y1", "y"));
        Assert.Equal(EnqueueResult.Coalesced, rig.Enqueue("x2", "x"));
        Assert.Equal(EnqueueResult.Queued, rig.Enqueue("b"));
        Assert.Equal(EnqueueResult.Refused, rig.Enqueue("z1", "z"));
        Assert.Equal(EnqueueResult.Refused, rig.Enqueue("c"));
        Assert.Equal(EnqueueResult.Coalesced, rig.Enqueue("x3", "x"));

        Assert.Equal((3, 2L, 2L), (rig.Broadcaster.Status.Waiting, rig.Broadcaster.Status.Coalesced, rig.Broadcaster.Status.Refused));
        held.SetResult();
        await rig.Outcomes.UntilAsync(5);
        for (var count = 6; count <= 8; count++)
        {
            await rig.PassAsync(100, count);
        }

        Assert.Equal(["a", "x3", "y1", "b"], rig.SentNames);

        rig.Enqueue("x4", "x");
        await rig.PassAsync(100, 9);
        Assert.Equal("x4", rig.SentNames.Last());
    }

    [Fact]
    [Trait("row", "S2.40")]
    public async Task Keys_of_two_rooms_are_two()
    {
        await using var rig = new PaceRig(new PaceOptions { Rule = PaceRule.Coalesce });
        var held = await rig.HoldAsync("a");

        Assert.Equal(EnqueueResult.Queued, rig.Broadcaster.Enqueue("one", Keyed("1")));
        Assert.Equal(EnqueueResult.Queued, rig.Broadcaster.Enqueue("other", Keyed("2")));
        Assert.Equal(EnqueueResult.Queued, rig.Enqueue("function", "k"));
        Assert.Equal(EnqueueResult.Coalesced, rig.Broadcaster.Enqueue("one", Keyed("3")));

        held.SetResult();
        await rig.Outcomes.UntilAsync(2);
        for (var count = 3; count <= 5; count++)
        {
            await rig.PassAsync(100, count);
        }

        Assert.Equal(["3"], await HistoryAsync(rig, "one"));
        Assert.Equal(["2"], await HistoryAsync(rig, "other"));

        static Publication Keyed(string text) => new(Encoding.UTF8.GetBytes(text), ContentKind.Text) { Key = "k" };
    }

    [Fact]
    [Trait("row", "S2.40")]
    public async Task Those_that_wait_longest_are_dropped_for_new_ones()
    {
        await using var rig = new PaceRig(new PaceOptions { MaxWaiting = 2, Rule = PaceRule.DropOldest });
        var held = await rig.HoldAsync("a");

        Assert.All(["b", "c", "d", "e"], n => Assert.Equal(EnqueueResult.Queued, rig.Enqueue(n, key: "same")));

        Assert.Equal((2, 2L), (rig.Broadcaster.Status.Waiting, rig.Broadcaster.Status.DroppedOldest));
        Assert.Equal(["oldest", "oldest"], rig.Outcomes.All);
        held.SetResult();
        await rig.Outcomes.UntilAsync(3);
        await rig.PassAsync(100, 4);
        await rig.PassAsync(100, 5);
        Assert.Equal(["a", "d", "e"], rig.SentNames);
    }

    [Theory]
    [InlineData(PaceRule.Refuse, EnqueueResult.Refused, 1)]
    [InlineData(PaceRule.Coalesce, EnqueueResult.Refused, 1)]
    [InlineData(PaceRule.DropOldest, EnqueueResult.Queued, 1)]
    [Trait("row", "S2.40")]
    public async Task What_waits_is_bounded_in_bytes_too(PaceRule rule, EnqueueResult second, int waiting)
    {
        var (small, large) = (new Publication(new byte[100], ContentKind.Binary) { Key = "k" }, new Publication(new byte[1_000], ContentKind.Binary) { Key = "k" });
        await using var rig = new PaceRig(new PaceOptions { MaxWaitingBytes = (2 * small.Cost) - 1, Rule = rule });
        var held = await rig.HoldAsync("a");

        Assert.Equal(EnqueueResult.Queued, rig.Broadcaster.Enqueue("room", small));
        Assert.Equal(second, rig.Broadcaster.Enqueue("other", small));
        Assert.Equal(EnqueueResult.Refused, rig.Broadcaster.Enqueue("room", large));

        Assert.Equal((waiting, (long)small.Cost), (rig.Broadcaster.Status.Waiting, rig.Broadcaster.Status.WaitingBytes));
        held.SetResult();
    }

    [Fact]
    [Trait("row", "S2.38")]
    public async Task The_filter_is_asked_when_the_turn_has_come_and_who_is_dropped_takes_none()
    {
        await using var rig = new PaceRig();
        var isOnline = true;
        var asked = new List<(PacedItem Item, double At)>();
        rig.Enqueue("a");
        await rig.Outcomes.UntilAsync(1);
        rig.Time.Advance(TimeSpan.FromMilliseconds(40));
        var enqueued = rig.Time.GetUtcNow();
        rig.Enqueue("b", "key", IsOnline);
        rig.Enqueue("c");
        Volatile.Write(ref isOnline, false);
        await rig.PassAsync(60, 3);

        rig.AssertSent(("a", 0), ("c", 100));
        Assert.Equal((new PacedItem(null, "key", enqueued), 100), Assert.Single(asked));
        Assert.Equal((1L, 2L), (rig.Broadcaster.Status.Filtered, rig.Broadcaster.Status.Sent));
        Assert.Equal(["sent", "filtered", "sent"], rig.Outcomes.All);

        bool IsOnline(PacedItem item)
        {
            asked.Add((item, rig.Now));
            return Volatile.Read(ref isOnline);
        }
    }

    [Fact]
    [Trait("row", "S2.38")]
    public async Task A_function_is_told_when_its_item_was_enqueued()
    {
        await using var rig = new PaceRig();
        var began = rig.Time.GetUtcNow();
        PacedItem? told = null;
        rig.Enqueue("a");
        await rig.Outcomes.UntilAsync(1);
        rig.Broadcaster.Enqueue(
            (item, _) =>
            {
                told = item;
                return Task.CompletedTask;
            },
            "key");
        await rig.PassAsync(100, 2);

        Assert.Equal(new PacedItem(null, "key", began), told);
    }

    [Fact]
    [Trait("row", "S2.39")]
    public async Task One_that_fails_is_logged_and_counted_and_the_next_goes_on()
    {
        await using var rig = new PaceRig();
        rig.Backplane.OnPublish = n => n == 0 ? PublishFault.Refused : n == 1 ? PublishFault.Throws : PublishFault.None;
        var held = await rig.HoldAsync("a");
        rig.Enqueue("b", filter: _ => throw new InvalidOperationException("The filter fails."));
        rig.Broadcaster.Enqueue((_, _) => throw new InvalidOperationException("The function fails."));
        rig.Broadcaster.Enqueue((_, _) => Task.FromException(new InvalidOperationException("The task fails.")));
        Array.ForEach(["refused", "thrown", "good"], t => rig.Broadcaster.Enqueue("room", Publication.Text(t)));

        held.SetResult();
        await rig.Outcomes.UntilAsync(1);
        for (var count = 3; count <= 7; count++)
        {
            await rig.PassAsync(100, count);
        }

        Assert.Equal(["sent", "failed", "failed", "failed", "failed", "failed", "sent"], rig.Outcomes.All);
        Assert.Equal((5L, 2L), (rig.Broadcaster.Status.Failed, rig.Broadcaster.Status.Sent));
        Assert.Equal(["good"], await HistoryAsync(rig, "room"));
        var lines = rig.Log.Lines.Where(l => l.Event.Id == 80).Select(l => l.Text).ToArray();
        Assert.Equal(5, lines.Length);
        Assert.Contains("Broadcaster test could not send an item, and goes on with the next: The filter fails.", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    [Trait("row", "S2.39")]
    public async Task One_that_takes_too_long_is_cancelled_and_the_next_goes_on()
    {
        await using var rig = new PaceRig(new PaceOptions { Timeout = TimeSpan.FromSeconds(2) });
        await rig.HoldAsync("a");
        rig.Enqueue("b");

        await rig.PassAsync(2_000, 2);

        Assert.Equal(["failed", "sent"], rig.Outcomes.All);
        Assert.Contains("It took longer than 00:00:02.", Assert.Single(rig.Log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("row", "S2.39")]
    public async Task One_that_does_not_look_at_its_cancellation_fails_once_and_the_next_goes_on()
    {
        await using var rig = new PaceRig(new PaceOptions { Timeout = TimeSpan.FromSeconds(2) });
        var (begun, held) = (new Tally(), new TaskCompletionSource());
        rig.Broadcaster.Enqueue((_, _) => Held(begun, held));
        await begun.UntilAsync(1);
        rig.Enqueue("b");

        await rig.PassAsync(2_000, 2);

        // It goes on here, before the next line.
        await Task.Run(held.SetResult);
        Assert.Equal(["failed", "sent"], rig.Outcomes.All);
        rig.AssertSent(("b", 2_000));
        Assert.Contains("It took longer than 00:00:02.", Assert.Single(rig.Log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("row", "S2.39")]
    public async Task After_four_that_do_not_look_at_their_cancellation_none_is_sent_until_one_has_ended()
    {
        await using var rig = new PaceRig(new PaceOptions { Timeout = TimeSpan.FromSeconds(2) });
        var (begun, held) = (new Tally(), new TaskCompletionSource());
        for (var count = 1; count <= 4; count++)
        {
            rig.Broadcaster.Enqueue((_, _) => Held(begun, held));
            await begun.UntilAsync(count);
            await rig.PassAsync(2_000, count);
        }

        rig.Enqueue("fifth");
        await rig.Outcomes.UntilAsync(5);
        Assert.Empty(rig.Sent);
        Assert.Contains("It was not called: 4 before it took too long, and have not ended yet.", rig.Log.Lines[^1].Text, StringComparison.Ordinal);

        held.SetResult();
        for (var count = 6; rig.Sent.IsEmpty; count++)
        {
            // They end on other threads.
            Assert.InRange(count, 6, 10_000);
            rig.Enqueue("next");
            await rig.PassAsync(100, count);
        }

        Assert.Equal("sent", rig.Outcomes.All.Last());
    }

    [Fact]
    [Trait("row", "S2.40")]
    public async Task What_waits_at_the_stop_leaves_at_its_pace_for_a_while_and_the_rest_is_counted()
    {
        await using var rig = new PaceRig(new PaceOptions { DrainFor = TimeSpan.FromMilliseconds(250) });
        Array.ForEach(["a", "b", "c", "d", "e"], n => rig.Enqueue(n));
        await rig.Outcomes.UntilAsync(1);

        var stopped = rig.Broadcaster.StopAsync();
        Assert.Equal(EnqueueResult.Stopping, rig.Enqueue("f"));
        await rig.PassAsync(100, 3, timers: 2);
        await rig.PassAsync(100, 4, timers: 2);
        await rig.PassAsync(50, 6, timers: 2);
        await stopped.WaitAsync(TimeSpan.FromMinutes(2));

        rig.AssertSent(("a", 0), ("b", 100), ("c", 200));
        var status = rig.Broadcaster.Status;
        Assert.Equal((0, 3L, 2L, 1L), (status.Waiting, status.Sent, status.DroppedAtStop, status.Refused));
        Assert.Equal("Broadcaster test stopped while 2 items waited, which were dropped.", Assert.Single(rig.Log.Lines).Text);
    }

    [Fact]
    public async Task A_stop_ends_when_the_last_one_has_left()
    {
        await using var rig = new PaceRig();
        Array.ForEach(["a", "b"], n => rig.Enqueue(n));
        await rig.Outcomes.UntilAsync(1);

        var stopped = rig.Broadcaster.StopAsync();
        await rig.PassAsync(100, 2, timers: 2);
        await stopped.WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(["a", "b"], rig.SentNames);
        Assert.Empty(rig.Log.Lines);
    }

    [Fact]
    public async Task Without_time_to_drain_all_that_waits_is_dropped_and_what_is_being_sent_cancelled()
    {
        await using var rig = new PaceRig(new PaceOptions { DrainFor = TimeSpan.Zero });
        await rig.HoldAsync("a");
        Array.ForEach(["b", "c"], n => rig.Enqueue(n));

        await rig.Broadcaster.StopAsync().WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(["a"], rig.SentNames);
        Assert.Equal((0L, 3L), (rig.Broadcaster.Status.Sent, rig.Broadcaster.Status.DroppedAtStop));
    }

    [Fact]
    public async Task A_function_that_does_not_look_at_its_cancellation_is_left_to_itself()
    {
        await using var rig = new PaceRig(new PaceOptions { DrainFor = TimeSpan.Zero });
        var (begun, held) = (new Tally(), new TaskCompletionSource());
        rig.Broadcaster.Enqueue((_, _) =>
        {
            begun.Add();
            return held.Task;
        });
        await begun.UntilAsync(1);

        var stopped = rig.Broadcaster.StopAsync();
        await rig.UntilArmedAsync(2);
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        await stopped.WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Contains(rig.Log.Lines, l => l.Event.Id == 82);
        held.SetResult();
    }

    [Fact]
    public async Task What_cannot_be_published_is_said_when_it_is_enqueued()
    {
        await using var rig = new PaceRig();

        Assert.Throws<ArgumentException>(() => rig.Broadcaster.Enqueue("no room", Publication.Text("a")));
        Assert.Throws<ArgumentException>(() => rig.Broadcaster.Enqueue("room", new Publication(default, ContentKind.Text) { Event = new string('e', 256) }));
        Assert.Equal(0, rig.Broadcaster.Status.Waiting);
    }

    [Fact]
    public async Task Wrong_options_are_said_in_one_sentence()
    {
        await using var rig = new PaceRig();
        await using var broadcasters = new PacedBroadcasters(rig.Hub, new LoggerOf<PacedBroadcaster>(rig.Log));

        Assert.StartsWith("There can be no broadcaster a: The field MaxPerSecond must be between 1 and 1000.", Refusal(new PaceOptions { MaxPerSecond = 0 }), StringComparison.Ordinal);
        Assert.StartsWith("There can be no broadcaster a: The field MaxPerSecond must be", Refusal(new PaceOptions { MaxPerSecond = 1_001 }), StringComparison.Ordinal);
        Assert.StartsWith("There can be no broadcaster a: The field MaxWaiting must be", Refusal(new PaceOptions { MaxWaiting = 0 }), StringComparison.Ordinal);
        Assert.StartsWith("There can be no broadcaster a: The field DrainFor must be", Refusal(new PaceOptions { DrainFor = TimeSpan.FromDays(1) }), StringComparison.Ordinal);
        Assert.StartsWith("There can be no broadcaster a: Rule may be Refuse, Coalesce or DropOldest.", Refusal(new PaceOptions { Rule = (PaceRule)9 }), StringComparison.Ordinal);

        string Refusal(PaceOptions options) => Assert.Throws<ArgumentException>(() => broadcasters.Add("a", options)).Message;
    }

    [Fact]
    public async Task Broadcasters_are_known_by_name_and_bounded()
    {
        await using var rig = new PaceRig();
        await using var broadcasters = new PacedBroadcasters(rig.Hub, new LoggerOf<PacedBroadcaster>(rig.Log));
        var b = broadcasters.Add("b", new PaceOptions());
        broadcasters.Add("a", new PaceOptions());

        Assert.Same(b, broadcasters.Find("b"));
        Assert.Null(broadcasters.Find("c"));
        Assert.Equal(["a", "b"], broadcasters.List().Select(s => s.Name));
        Assert.StartsWith("There is a broadcaster a already.", Assert.Throws<ArgumentException>(() => broadcasters.Add("a", new PaceOptions())).Message, StringComparison.Ordinal);

        for (var number = 2; number < PacedBroadcasters.Max; number++)
        {
            broadcasters.Add($"{number}", new PaceOptions());
        }

        Assert.StartsWith("There can be no broadcaster one more: a node has at most 1000.", Assert.Throws<ArgumentException>(() => broadcasters.Add("one more", new PaceOptions())).Message, StringComparison.Ordinal);
        await broadcasters.StopAsync();
        Assert.Equal(EnqueueResult.Stopping, b.Enqueue("room", Publication.Text("late")));
        Assert.Throws<ObjectDisposedException>(() => broadcasters.Add("late", new PaceOptions()));
    }

    private static Task Held(Tally begun, TaskCompletionSource held)
    {
        begun.Add();
        return held.Task;
    }

    private static async Task<string[]> HistoryAsync(PaceRig rig, string room)
    {
        var page = await rig.Hub.ReadAsync(room, new HistoryQuery(null, HistoryQuery.MaxLimit));
        return [.. page.Publications.Select(p => Encoding.UTF8.GetString(p.Publication.Data.Span))];
    }
}
