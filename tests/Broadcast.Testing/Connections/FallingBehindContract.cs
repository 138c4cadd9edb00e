namespace Broadcast.Testing;

public abstract class FallingBehindContract : ConnectionsContract
{
    [Fact]
    public void Resync_reads_what_it_missed_and_loses_nothing()
    {
        using var node = NewNode(Rule(FallingBehind.Resync));
        var client = Blocked(node);
        node.PublishNumbers("r", 2, 30);
        node.Settle();

        client.Transport.Unblock();
        node.Settle();

        Assert.Equal(Enumerable.Range(1, 30).Select(n => $"{n}"), client.Publications("r"));
    }

    [Fact]
    public void Skip_goes_on_within_bounds_and_names_what_it_left_out()
    {
        using var node = NewNode(Rule(FallingBehind.Skip));
        var client = Blocked(node);
        node.PublishNumbers("r", 2, 10);
        node.Settle();

        client.Transport.Unblock();
        node.Settle();

        Assert.Equal(["open r at 0.e1", "1", "gap r 2.e1 to 7.e1: behind", "8", "9", "10"], client.Heard("r"));
    }

    [Fact]
    public void Latest_goes_on_with_the_newest()
    {
        using var node = NewNode(Rule(FallingBehind.Latest));
        var client = Blocked(node);
        node.PublishNumbers("r", 2, 10);
        node.Settle();

        client.Transport.Unblock();
        node.Settle();

        Assert.Equal(["open r at 0.e1", "1", "gap r 2.e1 to 9.e1: latest", "10"], client.Heard("r"));
    }

    [Fact]
    public void Latest_gets_the_newest_also_when_the_window_no_longer_has_it()
    {
        using var node = NewNode(Rule(FallingBehind.Latest, maxAge: 5));
        var client = Blocked(node);
        node.PublishNumbers("r", 2, 10);
        node.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal(node.Hub.FindRoom("r")!.Log.Head, node.Hub.FindRoom("r")!.Log.Oldest);

        client.Transport.Unblock();
        node.Settle();

        Assert.Equal(["open r at 0.e1", "1", "gap r 2.e1 to 9.e1: latest", "10"], client.Heard("r"));
    }

    [Fact]
    public void Conflate_goes_on_with_the_newest_of_each_key_in_their_order()
    {
        using var node = NewNode(Rule(FallingBehind.Conflate));
        var client = Blocked(node);
        foreach (var (text, key) in new[] { ("2", "a"), ("3", "b"), ("4", "a"), ("5", "c"), ("6", "a"), ("7", "c") })
        {
            node.Publish("r", text, key);
        }

        node.Settle();
        client.Transport.Unblock();
        node.Settle();
        node.Publish("r", "8", "b");
        node.Settle();

        Assert.Equal(["open r at 0.e1", "1", "gap r 2.e1 to 7.e1: conflated", "3", "6", "7", "8"], client.Heard("r"));
    }

    [Fact]
    public void Who_has_nothing_to_conflate_stands_where_the_room_stands_after_its_history_was_lost()
    {
        using var node = NewNode(Rule(FallingBehind.Conflate, maxAge: 5));
        var client = Blocked(node);
        node.Backplane.Restart();
        node.Pass(TimeSpan.FromSeconds(20));

        client.Transport.Unblock();
        node.Settle();

        Assert.Equal(new StreamPosition("e2", 0), client.In("r")!.Position);
    }

    [Fact]
    public void Disconnect_resets_a_client_that_is_too_far_behind_even_while_it_blocks()
    {
        using var node = NewNode(Rule(FallingBehind.Disconnect));
        var client = Blocked(node);
        node.PublishNumbers("r", 2, 4);
        node.Settle();
        Assert.Equal(ConnectionState.Open, client.Connection.State);

        node.Publish("r", "5");
        node.Settle();

        Assert.True(client.Transport.IsAborted);
        client.Transport.FinishRest();
        node.Settle();
        Assert.Equal(Disconnect.SlowConsumer, client.Ended);
    }

    [Fact]
    public void Holes_that_a_rule_makes_by_design_are_not_told_to_those_who_cannot_be_told()
    {
        using var node = NewNode(Rule(FallingBehind.Latest));
        var client = Blocked(node, TestDialect.Bare);
        node.PublishNumbers("r", 2, 10);
        node.Settle();

        client.Transport.Unblock();
        node.Settle();

        Assert.Equal(["open r at 0.e1", "1", "10"], client.Heard("r"));
        Assert.Null(client.Ended);
    }

    [Fact]
    public void Who_cannot_be_told_of_a_gap_is_closed_after_what_came_before_it()
    {
        using var node = NewNode(Rule(FallingBehind.Skip));
        var client = Blocked(node, TestDialect.Bare);
        node.PublishNumbers("r", 2, 10);
        node.Settle();

        client.Transport.Unblock();
        node.Settle();

        Assert.Equal(["open", "pub", "close"], client.Frames.Select(f => f.Kind));
        Assert.Equal(Disconnect.NoticeCode, client.Ended!.Code);
        Assert.True(client.Transport.IsCompleted);
    }

    [Fact]
    public void What_the_window_drops_while_a_gap_is_being_sent_is_a_gap_of_its_own()
    {
        using var node = NewNode(Rule(FallingBehind.Skip));
        var client = Blocked(node, TestDialect.Decorating);
        node.PublishNumbers("r", 2, 10);
        node.Settle();
        client.Transport.Unblock();
        TestDialect.Meanwhile = () => node.PublishNumbers("r", 11, 30);
        node.Settle();

        Assert.Equal(
            ["open r at 0.e1", "1", "gap r 2.e1 to 7.e1: behind", "gap r 8.e1 to 27.e1: behind", "28", "29", "30"], client.Heard("r"));
    }

    private static RoomRule Rule(FallingBehind rule, int maxAge = 3_600) =>
        new() { FallingBehind = rule, MaxBehind = 3, Window = new Bounds { MaxCount = 5, MaxAge = TimeSpan.FromSeconds(maxAge) } };

    /// <summary>A client that blocks at the first publication.</summary>
    private static TestClient Blocked(TestNode node, TestDialect? dialect = null)
    {
        var client = node.Join("r", dialect: dialect);
        client.Transport.Capacity = 0;
        node.Publish("r", "1");
        node.Settle();
        Assert.True(client.Connection.IsParked);
        return client;
    }
}
