namespace Broadcast.Core.Tests.Views;

public sealed class ViewsTests
{
    [Fact, Trait("row", "S1.21")]
    public void S1_21_Clients_of_one_room_get_different_renderings_and_each_is_made_once()
    {
        using var node = new ViewRig();
        var clients = Enumerable.Range(0, 24).Select(n => (View: $"v{n % 8}", Client: node.JoinAs($"v{n % 8}"))).ToArray();
        var encoded = TestFormat.Encodings;

        for (var n = 1; n <= 5; n++)
        {
            node.Publish("r", $"{n}");
            node.Settle();
        }

        Assert.All(clients, c => Assert.Equal(Enumerable.Range(1, 5).Select(n => $"{n}/{c.View}"), c.Client.Publications("r")));
        Assert.Equal(8 * 5, node.Asked.Count);
        Assert.Equal(node.Asked.Count, node.Asked.Distinct().Count());
        Assert.Equal(8 * 5, TestFormat.Encodings - encoded);
        Assert.Equal(8 * 5, node.CountOf("broadcast.projections:shown"));
        Assert.Equal(24 * 5, clients.Sum(c => c.Client.Transport.Sends) - 24);
    }

    [Fact, Trait("row", "S1.21")]
    public void Projections_of_a_view_are_asked_for_in_the_rooms_order()
    {
        using var node = new ViewRig();
        node.JoinAs("a");

        node.PublishNumbers("r", 1, 50);
        node.Settle();

        Assert.Equal(Enumerable.Range(1, 50).Select(n => $"{n}/a"), node.Asked);
    }

    [Fact, Trait("row", "S1.21")]
    public void Views_that_leave_a_publication_as_it_is_share_its_frame()
    {
        using var node = new ViewRig();
        var views = new RoomViews("r", null, new ViewRule("r", _ => true, _ => "v", (p, _, _) => ValueTask.FromResult<Publication?>(p), node.Hub, new ViewOptions()), node.Hub.Views);
        var entry = LogEntry.OfHistory("e1", new StoredPublication(1, Publication.Text("x")));
        var (a, b) = (views.Enter("a"), views.Enter("b"));
        Assert.Null(entry.FrameFor(TestFormat.Full, a, "r"));

        a.Projector.Ask(entry);
        b.Projector.Ask(entry);
        node.Settle();

        Assert.NotNull(entry.FrameFor(TestFormat.Full, a, "r"));
        Assert.Same(entry.FrameFor(TestFormat.Full, a, "r"), entry.FrameFor(TestFormat.Full, b, "r"));
        Assert.Same(LogEntry.Withheld, entry.In(views.Enter((string?)null)));
    }

    [Fact, Trait("row", "S1.22")]
    public void S1_22_What_a_view_withholds_never_reaches_its_clients_and_their_positions_go_on()
    {
        using var node = new ViewRig { Shows = (text, view) => view == "guest" && text.StartsWith('2') ? null : text };
        var (guest, member) = (node.JoinAs("guest"), node.JoinAs("member"));

        node.PublishNumbers("r", 1, 3);
        node.PublishNumbers("r", 21, 23);
        node.Settle();

        Assert.Equal(["1", "3"], guest.Publications("r"));
        Assert.Equal(["1", "2", "3", "21", "22", "23"], member.Publications("r"));
        Assert.Equal(node.Hub.FindRoom("r")!.Position, guest.In("r")!.Position);
        Assert.Equal(4, node.CountOf("broadcast.projections:withheld"));
    }

    [Fact, Trait("row", "S1.24")]
    public void S1_24_A_projection_that_throws_withholds_from_its_own_view_only_and_is_counted()
    {
        using var node = new ViewRig { Shows = (text, view) => view == "bad" && text != "3" ? throw new FormatException("no") : text };
        var (bad, good) = (node.JoinAs("bad"), node.JoinAs("good"));

        node.PublishNumbers("r", 1, 4);
        node.Settle();

        Assert.Equal(["3"], bad.Publications("r"));
        Assert.Equal(["1", "2", "3", "4"], good.Publications("r"));
        Assert.Null(bad.Ended);
        Assert.Equal(3, node.CountOf("broadcast.projections:failed"));

        // Once for each row of failures.
        Assert.Equal(2, node.Logger.Lines.Count(l => l.Event.Id == 74));
    }

    [Fact, Trait("row", "S1.24")]
    public void S1_24_Where_even_the_log_fails_the_publication_is_withheld_and_the_view_goes_on()
    {
        using var node = new ViewRig { Shows = (text, view) => view == "bad" && text != "3" ? throw new FormatException("no") : text };
        node.Logger.OnLine = e => { if (e.Id == 74) { throw new IOException("The disk is full."); } };
        var (bad, good) = (node.JoinAs("bad"), node.JoinAs("good"));

        node.PublishNumbers("r", 1, 4);
        node.Settle();

        Assert.Equal(["3"], bad.Publications("r"));
        Assert.Equal(["1", "2", "3", "4"], good.Publications("r"));
        Assert.Equal(3, node.CountOf("broadcast.projections:failed"));
        Assert.Equal(node.Hub.FindRoom("r")!.Position, bad.In("r")!.Position);
    }

    [Fact, Trait("row", "S1.21")]
    public void Who_is_led_to_the_newest_of_a_key_that_lies_far_back_is_shown_it()
    {
        using var node = new ViewRig(new RoomRule { FallingBehind = FallingBehind.Conflate, MaxBehind = 2 });
        var transport = new FakeTransport();
        var client = node.JoinAs("v", transport: transport);
        transport.Capacity = 1;
        node.Publish("r", "fill", "x");
        node.Settle();
        node.Publish("r", "old", "a");
        for (var n = 1; n <= 6; n++)
        {
            node.Publish("r", $"{n}", "b");
        }

        node.Settle();
        transport.Unblock();
        node.Settle();

        Assert.Equal(["fill/v", "old/v", "6/v"], client.Publications("r"));
    }

    [Fact, Trait("row", "S1.22")]
    public async Task A_projection_that_says_whom_it_is_meant_for_is_withheld_from_all()
    {
        using var node = new ViewRig();
        var narrowing = new ViewRule(
            "x", _ => true, _ => "v", (p, _, _) => ValueTask.FromResult<Publication?>(p.For(Audience.Role("staff"))), node.Hub, new ViewOptions());
        var view = new RoomViews("x", null, narrowing, node.Hub.Views).Enter("v");
        var entry = LogEntry.OfHistory("e1", new StoredPublication(1, Publication.Text("x")));

        var shown = await node.UntilAsync(view.Projector.ShowAsync(entry, default).AsTask());

        Assert.Null(shown.Publication);
        Assert.Equal(1, node.CountOf("broadcast.projections:failed"));
    }

    [Fact, Trait("row", "S1.24")]
    public async Task What_breaks_the_wire_format_is_no_rendering()
    {
        using var node = new ViewRig();
        var broken = new ViewRule(
            "x", _ => true, _ => "v", (p, _, _) => ValueTask.FromResult<Publication?>(new Publication(p.Data, p.Kind) { Event = "a\nb" }), node.Hub, new ViewOptions());
        var view = new RoomViews("x", null, broken, node.Hub.Views).Enter("v");
        var entry = LogEntry.OfHistory("e1", new StoredPublication(1, Publication.Text("x")));

        var shown = await node.UntilAsync(view.Projector.ShowAsync(entry, default).AsTask());

        Assert.Same(LogEntry.Withheld, shown);
        Assert.Equal(1, node.CountOf("broadcast.projections:failed"));
    }

    [Theory, Trait("row", "S1.24")]
    [InlineData(ContentKind.Json, "{\"price\":**}", false)]
    [InlineData(ContentKind.Json, "{\"price\":42}}", false)]
    [InlineData(ContentKind.Json, "", false)]
    [InlineData(ContentKind.Json, "\"\u00e9\"", false)]
    [InlineData(ContentKind.Text, "caf\u00e9", false)]
    [InlineData(ContentKind.Json, "{\"price\":0}", true)]
    [InlineData(ContentKind.Text, "{\"price\":**}", true)]
    [InlineData(ContentKind.Binary, "caf\u00e9", true)]
    public async Task Data_that_is_not_what_it_claims_to_be_is_no_rendering(ContentKind kind, string data, bool isShown)
    {
        // One byte for each character: with an accent it is not UTF-8.
        var rendering = new Publication(System.Text.Encoding.Latin1.GetBytes(data), kind);
        using var node = new ViewRig();
        var rule = new ViewRule("x", _ => true, _ => "v", (_, _, _) => ValueTask.FromResult<Publication?>(rendering), node.Hub, new ViewOptions());
        var view = new RoomViews("x", null, rule, node.Hub.Views).Enter("v");
        var entry = LogEntry.OfHistory("e1", new StoredPublication(1, new Publication("{\"price\":42}"u8.ToArray(), ContentKind.Json)));

        var shown = await node.UntilAsync(view.Projector.ShowAsync(entry, default).AsTask());

        Assert.Same(isShown ? rendering : null, shown.Publication);
        Assert.Equal(isShown ? 0 : 1, node.CountOf("broadcast.projections:failed"));
        Assert.Equal(isShown ? 0 : 1, node.Logger.Lines.Count(l => l.Event.Id == 74 && l.Text.Contains("claims to be", StringComparison.Ordinal)));
    }

    [Fact, Trait("row", "S1.24")]
    public async Task Another_kind_for_the_same_data_is_looked_at_too()
    {
        using var node = new ViewRig();
        var rule = new ViewRule("x", _ => true, _ => "v", (p, _, _) => ValueTask.FromResult<Publication?>(p.With(p.Data, ContentKind.Json)), node.Hub, new ViewOptions());
        var view = new RoomViews("x", null, rule, node.Hub.Views).Enter("v");
        var entry = LogEntry.OfHistory("e1", new StoredPublication(1, Publication.Text("no JSON")));

        Assert.Null((await node.UntilAsync(view.Projector.ShowAsync(entry, default).AsTask())).Publication);
        Assert.Equal(1, node.CountOf("broadcast.projections:failed"));
    }

    [Fact, Trait("row", "S1.22")]
    public void A_view_that_waits_for_its_projection_holds_up_no_other_and_catches_up_in_order()
    {
        using var node = new ViewRig();
        node.Held.Add("slow");
        var (slow, quick) = (node.JoinAs("slow"), node.JoinAs("quick"));

        node.PublishNumbers("r", 1, 3);
        node.Settle();
        Assert.Empty(slow.Publications("r"));
        Assert.Equal(["1/quick", "2/quick", "3/quick"], quick.Publications("r"));
        Assert.Equal(["1/slow"], node.Asked.Where(a => a.EndsWith("slow", StringComparison.Ordinal)));

        node.ReleaseOne();
        node.Settle();
        Assert.Equal(["1/slow"], slow.Publications("r"));

        node.Release("slow");
        node.Settle();
        Assert.Equal(["1/slow", "2/slow", "3/slow"], slow.Publications("r"));
    }

    [Fact, Trait("row", "S1.24")]
    public void A_projection_that_takes_too_long_is_cancelled_and_withheld_and_the_next_one_is_asked_for()
    {
        using var node = new ViewRig();
        var client = node.JoinAs("a");
        node.Held.Add("a");
        node.Publish("r", "1");
        node.Settle();
        node.Held.Clear();
        node.Publish("r", "2");
        node.Settle();
        Assert.Empty(client.Publications("r"));

        node.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal([true], node.Cancelled);
        Assert.Equal(["2/a"], client.Publications("r"));

        node.ReleaseOne();
        node.Publish("r", "3");
        node.Settle();
        Assert.Equal(["2/a", "3/a"], client.Publications("r"));
        Assert.Equal((1, 2), (node.CountOf("broadcast.projections:late"), node.CountOf("broadcast.projections:shown")));
    }

    [Fact, Trait("row", "S1.24")]
    public void Projections_that_never_return_are_not_made_more_and_more()
    {
        using var node = new ViewRig();
        var client = node.JoinAs("a");
        node.Held.Add("a");
        node.PublishNumbers("r", 1, 20);

        node.Pass(TimeSpan.FromSeconds(25));

        Assert.Equal(4, node.Asked.Count);
        Assert.Equal((4, 16), (node.CountOf("broadcast.projections:late"), node.CountOf("broadcast.projections:stuck")));
        Assert.Equal(20UL, client.In("r")!.Position.Offset);

        node.Release("a");
        node.Publish("r", "21");
        node.Settle();
        Assert.Equal(["21/a"], client.Publications("r"));
    }

    [Fact, Trait("row", "S1.23")]
    public void S1_23_A_changed_session_moves_to_its_new_view_with_the_next_publication_without_reconnecting()
    {
        using var node = new ViewRig();
        var client = node.JoinAs("guest");
        node.Publish("r", "1");
        node.Settle();

        ViewRig.Become(client, "member");
        node.Publish("r", "2");

        // The new view has not seen it yet: nothing is sent, and never what the client saw before.
        while (node.TurnLoops())
        {
        }

        Assert.Equal(["1/guest"], client.Publications("r"));
        node.Settle();
        Assert.Equal(["1/guest", "2/member"], client.Publications("r"));

        ViewRig.Become(client, "guest");
        node.Publish("r", "3");
        node.Settle();
        Assert.Equal(["1/guest", "2/member", "3/guest"], client.Publications("r"));
        Assert.Null(client.Ended);
    }

    [Fact, Trait("row", "S1.23")]
    public void What_waits_for_a_view_is_shown_as_the_new_one_when_the_session_changes()
    {
        using var node = new ViewRig();
        var client = node.JoinAs("guest");
        node.Held.Add("guest");
        node.PublishNumbers("r", 1, 3);
        node.Settle();
        Assert.Empty(client.Publications("r"));

        ViewRig.Become(client, "member");
        node.Settle();

        Assert.Equal(["1/member", "2/member", "3/member"], client.Publications("r"));
    }

    [Fact]
    public void Whose_view_cannot_be_said_is_shown_nothing_and_is_told_of_notices_all_the_same()
    {
        using var node = new ViewRig(new RoomRule { JoinLeave = true }, new HubOptions { Views = new ViewOptions { MaxKeyBytes = 8 } });
        node.KeyOf = session => session.Attributes["view"]?.Text == "bad" ? throw new InvalidOperationException("no") : session.Attributes["view"]?.Text!;
        var (bad, tooLong, none) = (node.JoinAs("bad"), node.JoinAs("123456789"), node.JoinAs(""));
        var good = node.JoinAs("good");

        node.PublishNumbers("r", 1, 2);
        node.Settle();

        Assert.Equal(["1/good", "2/good"], good.Publications("r"));
        Assert.All([bad, tooLong, none], c =>
        {
            Assert.Empty(c.Publications("r"));
            Assert.Contains($"joined r {good.Id}", c.Heard("r"));
            Assert.Equal(2UL, c.In("r")!.Position.Offset);
        });
        Assert.True(node.CountOf("broadcast.unknown_views:failed") > 0);
        Assert.True(node.CountOf("broadcast.unknown_views:key") > 1);
    }

    [Fact]
    public void A_room_has_no_more_views_than_it_may_and_forgets_those_that_nobody_has()
    {
        using var node = new ViewRig(options: new HubOptions { Views = new ViewOptions { MaxViews = 2 } });
        var (a, b, c) = (node.JoinAs("a"), node.JoinAs("b"), node.JoinAs("c"));
        node.Publish("r", "1");
        node.Settle();
        Assert.Equal(["1/a"], a.Publications("r"));
        Assert.Equal(["1/b"], b.Publications("r"));
        Assert.Empty(c.Publications("r"));
        Assert.Equal(1, node.CountOf("broadcast.unknown_views:views"));

        a.Leave("r");
        node.Settle();
        ViewRig.Become(c, "d");
        node.Publish("r", "2");
        node.Settle();

        Assert.Equal(["2/d"], c.Publications("r"));
    }

    [Fact]
    public void A_view_without_members_costs_no_projection()
    {
        using var node = new ViewRig();
        var (a, _) = (node.JoinAs("a"), node.JoinAs("b"));
        node.Publish("r", "1");
        node.Settle();
        a.Leave("r");
        node.Settle();

        node.Publish("r", "2");
        node.Settle();

        Assert.Equal(["1/a", "1/b", "2/b"], node.Asked.Order());
    }

    [Fact, Trait("row", "S1.22")]
    public void Who_catches_up_from_history_gets_its_view_of_it_and_each_is_made_once()
    {
        using var node = new ViewRig(new RoomRule { Window = new Bounds { MaxCount = 4 } });
        var live = node.JoinAs("live");
        node.PublishNumbers("r", 1, 300);
        node.Settle();
        node.Asked.Clear();

        var clients = Enumerable.Range(0, 5).Select(_ => node.Connect()).ToArray();
        foreach (var client in clients)
        {
            client.Join("r", JoinAt.Start);
        }

        node.Settle();

        Assert.All(clients, c => Assert.Equal(Enumerable.Range(1, 300).Select(n => $"{n}/guest"), c.Publications("r")));
        Assert.Equal(300, node.Asked.Count);
        Assert.Equal(300, live.Publications("r").Count());
    }

    [Fact, Trait("row", "S1.22")]
    public void Who_recovers_from_the_window_gets_its_view_of_it()
    {
        using var node = new ViewRig();
        var first = node.JoinAs("guest");
        node.PublishNumbers("r", 1, 2);
        node.Settle();
        var position = first.In("r")!.Position;
        first.Leave("r");
        node.Settle();
        node.JoinAs("member");
        node.PublishNumbers("r", 3, 90);
        node.Settle();

        var back = node.JoinAs("guest", at: JoinAt.Recover(position));

        Assert.Equal(Enumerable.Range(3, 88).Select(n => $"{n}/guest"), back.Publications("r"));
        Assert.Equal(node.Asked.Count, node.Asked.Distinct().Count());
    }

    [Theory, Trait("row", "S1.22")]
    [InlineData(FallingBehind.Resync)]
    [InlineData(FallingBehind.Skip)]
    [InlineData(FallingBehind.Latest)]
    [InlineData(FallingBehind.Conflate)]
    public void Who_falls_behind_gets_its_view_of_what_follows(FallingBehind rule)
    {
        using var node = new ViewRig(new RoomRule { FallingBehind = rule, MaxBehind = 3, Window = new Bounds { MaxCount = 6 } });
        var client = node.JoinAs("guest");
        client.Transport.Capacity = 3;
        node.Publish("r", "1", "k");
        node.Settle();
        Assert.True(client.Connection.IsParked);
        for (var n = 2; n <= 40; n++)
        {
            node.Publish("r", $"{n}", $"k{n % 3}");
            node.Settle();
        }

        client.Transport.Unblock();
        node.Settle();

        var got = client.Publications("r").ToArray();
        Assert.All(got, text => Assert.EndsWith("/guest", text, StringComparison.Ordinal));
        Assert.Equal("40/guest", got[^1]);
        Assert.Equal(node.Hub.FindRoom("r")!.Position, client.In("r")!.Position);
    }

    [Fact]
    public void Where_only_the_latest_counts_a_slow_projection_is_waited_for_and_then_the_newest_is_next()
    {
        using var node = new ViewRig(new RoomRule { FallingBehind = FallingBehind.Latest, MaxBehind = 1 });
        var client = node.JoinAs("slow");
        node.Held.Add("slow");
        node.Publish("r", "1");
        node.Settle();
        node.PublishNumbers("r", 2, 100);
        node.Settle();

        node.ReleaseOne();
        node.Settle();
        Assert.Equal(["1/slow"], client.Publications("r"));

        node.Publish("r", "101");
        node.Settle();
        node.Release("slow");
        node.Settle();

        Assert.Equal("101/slow", client.Publications("r").Last());
        Assert.True(node.Asked.Count <= 4, $"{node.Asked.Count} projections were made for a client that needed three.");
    }

    [Fact]
    public void Several_rooms_on_one_decorated_stream_get_their_views()
    {
        using var node = new ViewRig { Shows = (text, view) => text == "2" ? null : $"{text}/{view}" };
        var client = node.JoinAs("a", "r1", dialect: TestDialect.Decorating);
        client.Join("plain");
        client.Join("r2");
        node.Settle();

        foreach (var room in new[] { "r1", "r2", "plain" })
        {
            node.PublishNumbers(room, 1, 3);
        }

        node.Settle();

        Assert.Equal(["1/a", "3/a"], client.Publications("r1"));
        Assert.Equal(["1/a", "3/a"], client.Publications("r2"));
        Assert.Equal(["1", "2", "3"], client.Publications("plain"));
    }

    [Fact]
    public async Task Notices_come_in_their_place_behind_what_a_view_waits_for()
    {
        using var node = new ViewRig();
        var client = node.JoinAs("a");
        node.Held.Add("a");
        node.Publish("r", "1");
        node.Settle();
        await node.Hub.NotifyAsync("r", new SourceStopped("s", null));
        node.Settle();
        Assert.Equal(["open r at 0.e1"], client.Heard("r"));

        node.Release("a");
        node.Settle();

        Assert.Equal(["open r at 0.e1", "1/a", "source r s"], client.Heard("r"));
    }

    [Fact]
    public void What_views_show_counts_in_the_window_and_leaves_with_it()
    {
        using var node = new ViewRig { Shows = (text, view) => text + new string('.', 1_000) };
        var log = node.JoinAs("a").In("r")!.Room.Log;
        node.JoinAs("b");
        node.Publish("r", "1");
        node.Settle();

        Assert.InRange(log.Bytes, 2_000, 3_000);

        log.Clear();
        Assert.Equal(0, log.Bytes);
        Assert.Equal(0, node.Hub.Budget.Used);
    }

    [Fact, Trait("row", "S1.22")]
    public async Task A_page_of_history_is_shown_as_its_reader_sees_it_and_shares_what_was_made_for_the_room()
    {
        using var node = new ViewRig { Shows = (text, view) => text == "2" && view == "guest" ? null : $"{text}/{view}" };
        node.JoinAs("guest");
        node.PublishNumbers("r", 1, 3);
        node.Settle();
        var made = node.Asked.Count;
        var page = await node.Hub.ReadAsync("r", new HistoryQuery(null, 10));

        var guest = await node.UntilAsync(node.Hub.Views.ShowAsync("r", page, node.ReaderOf(null)).AsTask());
        var member = await node.UntilAsync(node.Hub.Views.ShowAsync("r", page, node.ReaderOf("member")).AsTask());

        Assert.Equal(["1/guest", "3/guest"], TextsOf(guest));
        Assert.Equal(["1/member", "2/member", "3/member"], TextsOf(member));
        Assert.Equal(page.Top, guest.Top);
        Assert.Equal(made + 3, node.Asked.Count);
    }

    [Fact, Trait("row", "S1.22")]
    public async Task A_history_of_a_room_that_nobody_is_in_is_shown_as_its_reader_sees_it()
    {
        using var node = new ViewRig();
        node.PublishNumbers("r", 1, 2);
        node.Publish("plain", "1");
        var page = await node.Hub.ReadAsync("r", new HistoryQuery(null, 10));
        var plain = await node.Hub.ReadAsync("plain", new HistoryQuery(null, 10));

        var shown = await node.UntilAsync(node.Hub.Views.ShowAsync("r", page, node.ReaderOf(null)).AsTask());

        Assert.Equal(["1/guest", "2/guest"], TextsOf(shown));
        Assert.Same(plain, await node.Hub.Views.ShowAsync("plain", plain, Session.Empty));
    }

    [Fact]
    public async Task Who_no_longer_waits_for_a_page_gives_its_place_back()
    {
        using var node = new ViewRig(options: new HubOptions { Views = new ViewOptions { MaxReading = 1 } });
        node.PublishNumbers("r", 1, 1);
        node.Held.Add("guest");
        var page = await node.Hub.ReadAsync("r", new HistoryQuery(null, 10));
        using var gone = new CancellationTokenSource();
        var first = node.Hub.Views.ShowAsync("r", page, node.ReaderOf(null), gone.Token).AsTask();
        var second = node.Hub.Views.ShowAsync("r", page, node.ReaderOf("b")).AsTask();
        node.Settle();
        Assert.Equal((false, false), (first.IsCompleted, second.IsCompleted));

        await gone.CancelAsync();

        await Assert.ThrowsAsync<TaskCanceledException>(() => first);
        Assert.Equal(["1/b"], TextsOf(await node.UntilAsync(second)));
    }

    [Fact]
    public void Views_are_mapped_once_and_before_there_are_clients()
    {
        using var node = new ViewRig();
        var twice = Assert.Throws<ArgumentException>(() => Map("r*"));
        node.Connect();
        var late = Assert.Throws<InvalidOperationException>(() => Map("s*"));

        Assert.StartsWith("The views of 'r*' are mapped already.", twice.Message, StringComparison.Ordinal);
        Assert.Equal("The views of 's*' come too late: views are mapped before the application starts.", late.Message);

        void Map(string rooms) => node.Hub.Views.Map(rooms, _ => true, _ => "v", (p, _, _) => ValueTask.FromResult<Publication?>(p));
    }

    private static IEnumerable<string> TextsOf(HistoryPage page) => page.Publications.Select(p => System.Text.Encoding.UTF8.GetString(p.Publication.Data.Span));
}
