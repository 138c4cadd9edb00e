namespace Broadcast.Testing;

/// <summary>The connection's state table in docs/architecture.md, row by row.</summary>
public abstract class ConnectionContract : ConnectionsContract
{
    [Fact]
    [Trait("row", "S1.6")]
    [Trait("row", "S1.7")]
    public void A_client_that_stops_reading_is_parked_and_its_neighbours_still_receive()
    {
        using var node = NewNode();
        var (slow, fast) = (node.Join("r"), node.Join("r"));
        slow.Transport.Capacity = 5;
        for (var number = 1; number <= 100; number++)
        {
            node.PublishNumbers("r", number, number);
            node.Settle();
            Assert.Equal(number, fast.Publications("r").Count());
        }

        Assert.True(slow.Connection.IsParked);
        slow.Transport.Unblock();
        node.Settle();

        Assert.Equal(fast.Publications("r"), slow.Publications("r"));
    }

    [Fact]
    public void Nothing_but_the_rest_of_one_frame_is_held_for_a_parked_client()
    {
        using var node = NewNode();
        var client = node.Join("r");
        node.PublishNumbers("r", 1, 50);
        client.Transport.Capacity = 3;

        node.Settle();

        Assert.Equal("pub r 1.e1 - 1\n".Length - 3, client.Transport.RestLength);
    }

    [Fact]
    public void Replies_for_a_parked_client_wait_in_order_and_go_out_before_publications()
    {
        using var node = NewNode();
        var client = Parked(node);
        client.Connection.PostReply(TestFrame.Encode("reply", "a"));
        node.Publish("r", "2");
        client.Connection.PostReply(TestFrame.Encode("reply", "b"));
        node.Settle();

        client.Transport.Unblock();
        node.Settle();

        Assert.Equal(["open", "1", "a", "b", "2"], client.Frames.Select(f => f.Kind == "open" ? f.Kind : f.Text));
    }

    [Fact]
    [Trait("row", "S1.8")]
    public void Replies_that_exceed_their_bound_reset_the_client_with_3008()
    {
        using var node = NewNode(options: new HubOptions { Connections = new ConnectionOptions { MaxReplyBytes = 1_024 } });
        var client = Parked(node);
        client.Connection.PostReply(new byte[1_024]);
        node.Settle();
        Assert.Equal(ConnectionState.Open, client.Connection.State);

        client.Connection.PostReply(new byte[1]);
        node.Settle();

        AssertReset(node, client, Disconnect.SlowConsumer);
    }

    [Fact]
    [Trait("row", "S5.16")]
    public void Closing_sends_what_was_queued_then_the_close_frame_and_completes()
    {
        using var node = NewNode();
        var client = node.Join("r");
        client.Connection.PostReply(TestFrame.Encode("reply", "last"));
        client.Connection.PostClose(Disconnect.Shutdown);
        client.Connection.PostReply(TestFrame.Encode("reply", "toolate"));
        node.Settle();

        Assert.Equal(["open", "reply", "close"], client.Frames.Select(f => f.Kind));
        Assert.True(client.Transport.IsCompleted);
        Assert.Equal(Disconnect.Shutdown, client.Ended);
        Assert.Equal(0, node.Hub.FindRoom("r")!.MemberCount);
    }

    [Fact]
    public void A_client_that_blocks_while_closing_gets_the_whole_close_frame_when_it_reads_again()
    {
        using var node = NewNode();
        var client = node.Join("r");
        client.Transport.Capacity = 2;
        client.Connection.PostClose(Disconnect.Shutdown);
        node.Settle();
        Assert.Equal((ConnectionState.Closing, true), (client.Connection.State, client.Connection.IsParked));

        client.Transport.Unblock();
        node.Settle();

        Assert.Equal("close", client.Frames[^1].Kind);
        Assert.True(client.Transport.IsCompleted);
        Assert.Equal(Disconnect.Shutdown, client.Ended);
    }

    [Fact]
    public void Closing_a_parked_client_is_a_reset_and_ends_when_the_transport_let_go_of_the_rest()
    {
        using var node = NewNode();
        var client = Parked(node);

        client.Connection.PostClose(Disconnect.Shutdown);
        node.Settle();

        AssertReset(node, client, Disconnect.Shutdown);
    }

    [Fact]
    public void A_parked_client_that_takes_no_byte_for_the_stall_timeout_is_reset()
    {
        using var node = NewNode();
        var client = Parked(node);
        node.Pass(TimeSpan.FromSeconds(59));
        Assert.Equal(ConnectionState.Open, client.Connection.State);

        node.Pass(TimeSpan.FromSeconds(3));

        AssertReset(node, client, Disconnect.SlowConsumer);
    }

    [Fact]
    public void A_client_that_stalls_while_closing_is_reset_too()
    {
        using var node = NewNode();
        var client = node.Join("r");
        client.Transport.Capacity = 2;
        client.Connection.PostClose(Disconnect.Shutdown);

        node.Pass(TimeSpan.FromSeconds(62));

        AssertReset(node, client, Disconnect.Shutdown);
    }

    [Fact]
    [Trait("row", "S5.16")]
    public void A_client_that_shows_no_sign_of_life_is_pinged_and_then_ended_with_3012()
    {
        using var node = NewNode();
        var silent = node.Connect(TestDialect.Ponging);
        var alive = node.Connect(TestDialect.Ponging);
        for (var second = 0; second < 34; second++)
        {
            node.Pass(TimeSpan.FromSeconds(1));
            alive.Connection.SignOfLife();
        }

        Assert.Contains(silent.Frames, f => f.Kind == "ping");
        Assert.Null(silent.Ended);

        node.Pass(TimeSpan.FromSeconds(3));

        Assert.Equal(Disconnect.NoPong, silent.Ended);
        Assert.Equal("close", silent.Frames[^1].Kind);
        Assert.Null(alive.Ended);
    }

    [Fact]
    [Trait("row", "S5.16")]
    public void A_node_that_stood_still_gives_its_clients_the_time_for_an_answer()
    {
        using var node = NewNode();
        var silent = node.Connect(TestDialect.Ponging);
        var alive = node.Connect(TestDialect.Ponging);
        node.Settle();
        node.Time.StandStill(TimeSpan.FromMinutes(1));

        node.Pass(TimeSpan.FromSeconds(9));

        Assert.All([silent, alive], c => Assert.Contains(c.Frames, f => f.Kind == "ping"));
        Assert.All([silent, alive], c => Assert.Null(c.Ended));
        alive.Connection.SignOfLife();
        node.Pass(TimeSpan.FromSeconds(3));
        Assert.Equal(Disconnect.NoPong, silent.Ended);
        Assert.Null(alive.Ended);
    }

    [Fact]
    public void Heartbeats_come_about_every_25_seconds_also_where_nobody_answers()
    {
        using var node = NewNode();
        var client = node.Connect();

        node.Pass(TimeSpan.FromSeconds(130));

        Assert.InRange(client.Frames.Count(f => f.Kind == "ping"), 4, 6);
        Assert.Null(client.Ended);
    }

    [Fact]
    [Trait("row", "S1.11")]
    public void A_send_that_fails_ends_this_client_only()
    {
        using var node = NewNode();
        var (broken, sound) = (node.Join("r"), node.Join("r"));
        broken.Transport.IsBroken = true;

        node.PublishNumbers("r", 1, 2);
        node.Settle();

        Assert.Equal(Disconnect.WriteError, broken.Ended);
        Assert.Equal(["1", "2"], sound.Publications("r"));
        Assert.Empty(broken.Transport.Breaches);
        Assert.Equal(1, node.Hub.FindRoom("r")!.MemberCount);
    }

    [Fact]
    public void A_rest_that_fails_ends_the_client()
    {
        using var node = NewNode();
        var client = Parked(node);
        client.Transport.IsBroken = true;

        client.Transport.FinishRest();
        node.Settle();

        Assert.Equal(Disconnect.WriteError, client.Ended);
        Assert.Empty(client.Transport.Breaches);
    }

    [Fact]
    [Trait("row", "S1.13")]
    public void A_client_that_ends_in_two_ways_at_once_is_removed_once()
    {
        using var node = NewNode(new RoomRule { JoinLeave = true });
        var watcher = node.Join("r");
        var client = node.Join("r");
        client.Transport.IsBroken = true;
        node.Publish("r", "1");
        client.Connection.PostTransportEnded(Disconnect.GoingAway);
        client.Connection.PostClose(Disconnect.Shutdown);
        client.Leave("r");
        node.Settle();

        Assert.Single(watcher.Frames, f => f.Kind == "left");
        Assert.Equal(1, node.Hub.FindRoom("r")!.MemberCount);
        Assert.Equal(1, node.Hub.ConnectionCount);
    }

    [Fact]
    public void A_transport_that_ends_while_parked_is_let_go_of_only_when_the_rest_came_back()
    {
        using var node = NewNode();
        var client = Parked(node);

        client.Connection.PostTransportEnded(Disconnect.GoingAway);
        node.Settle();

        AssertReset(node, client, Disconnect.GoingAway);
    }

    [Fact]
    [Trait("row", "S1.11")]
    [Trait("row", "S1.12")]
    public void A_fault_in_one_client_is_logged_with_its_id_and_no_other_is_affected()
    {
        using var node = NewNode();
        var sound = node.Join("r");
        var faulty = node.Connect();
        TestDialect.Meanwhile = () => throw new InvalidOperationException("The test says no.");
        faulty.Join("r");
        node.Settle();

        node.Publish("r", "1");
        node.Settle();

        Assert.Equal(Disconnect.ServerError, faulty.Ended);
        Assert.Contains(node.Logger.Lines, l => l.Text.Contains(faulty.Id, StringComparison.Ordinal));
        Assert.Equal(["1"], sound.Publications("r"));
        Assert.Equal(1, node.Hub.FindRoom("r")!.MemberCount);
    }

    [Fact]
    [Trait("row", "S1.11")]
    public void A_fault_while_the_clock_looks_after_a_client_ends_it_and_the_others_are_looked_after()
    {
        using var node = NewNode();
        var faulty = node.Connect(TestDialect.Faulty);
        var sound = node.Connect();

        node.Pass(TimeSpan.FromSeconds(30));

        Assert.Equal(Disconnect.ServerError, faulty.Ended);
        Assert.Contains(sound.Frames, f => f.Kind == "ping");
    }

    [Fact]
    public void When_one_ends_while_the_clock_goes_round_nobody_is_passed_over()
    {
        using var node = NewNode();
        var first = Parked(node);
        var second = Parked(node);
        node.Pass(TimeSpan.FromSeconds(60));
        Assert.Null(first.Ended);

        node.Time.Advance(TimeSpan.FromSeconds(1));
        node.Settle();

        Assert.True(first.Transport.IsAborted && second.Transport.IsAborted);
    }

    [Fact]
    [Trait("row", "S1.17")]
    public void A_frame_that_ends_the_connection_is_the_last_and_what_came_before_it_is_sent()
    {
        using var node = NewNode();
        var client = node.Connect(TestDialect.Bare);
        client.Join("r");
        client.Join("other");
        node.Settle();
        node.Publish("r", "1");
        _ = node.Hub.NotifyAsync("r", new SourceStopped("s", null)).AsTask();
        node.Publish("r", "2");
        node.Publish("other", "3");
        node.Settle();

        Assert.Equal(["open", "open", "pub", "close"], client.Frames.Select(f => f.Kind));
        Assert.Equal(Disconnect.NoticeCode, client.Ended!.Code);
    }

    /// <summary>A client of room r that has taken nothing of its first publication.</summary>
    private static TestClient Parked(TestNode node)
    {
        var client = node.Join("r");
        client.Transport.Capacity = 0;
        node.Publish("r", "1");
        node.Settle();
        Assert.True(client.Connection.IsParked);
        return client;
    }

    private static void AssertReset(TestNode node, TestClient client, Disconnect reason)
    {
        Assert.Equal(ConnectionState.Aborting, client.Connection.State);
        Assert.True(client.Transport.IsAborted);
        Assert.Null(client.Ended);
        client.Transport.FinishRest();
        node.Settle();
        Assert.Equal(reason, client.Ended);
        Assert.Empty(client.Transport.Breaches);
        Assert.Equal(0, node.Hub.ConnectionCount);
    }
}
