namespace Broadcast.Core.Tests.Loops;

public sealed class OutgoingTests
{
    public static TheoryData<string> Dialects => new("full", "decorating", "bare");

    [Theory]
    [MemberData(nameof(Dialects))]
    [Trait("row", "S1.15")]
    public void Wherever_sends_are_cut_the_client_gets_the_same_bytes(string dialect)
    {
        var whole = Send(dialect, client => client.Transport.Unblock());
        for (var cut = 0; cut < whole.Length; cut++)
        {
            var cutOnce = Send(dialect, client => client.Transport.Capacity = cut);
            Assert.True(whole.SequenceEqual(cutOnce), $"Cut at {cut}.");
        }

        Assert.True(whole.SequenceEqual(Send(dialect, client => client.Transport.Capacity = 0)), "Nothing at all taken.");
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void A_client_that_takes_few_bytes_at_each_send_gets_the_same_bytes(string dialect)
    {
        var whole = Send(dialect, client => client.Transport.Unblock());
        for (var few = 1; few < 40; few++)
        {
            Assert.True(whole.SequenceEqual(Send(dialect, client => client.Transport.Capacity = few, few)), $"{few} at a time.");
        }
    }

    [Fact]
    public void What_several_rooms_and_replies_have_for_a_client_goes_out_in_one_send()
    {
        using var node = new TestNode();
        var client = node.Connect();
        client.Join("a");
        client.Join("b");
        client.Join("c");
        node.Settle();
        var before = client.Transport.Sends;
        client.Connection.PostReply(TestFrame.Encode("reply", "x"));
        node.PublishNumbers("a", 1, 20);
        node.PublishNumbers("b", 1, 20);
        node.PublishNumbers("c", 1, 20);

        node.Settle();

        Assert.Equal(before + 1, client.Transport.Sends);
        Assert.All(["a", "b", "c"], r => Assert.Equal(20, client.Publications(r).Count()));
    }

    [Fact]
    public void A_burst_goes_out_in_one_send()
    {
        using var node = new TestNode();
        var client = node.Join("r");
        var before = client.Transport.Sends;
        node.PublishNumbers("r", 1, 100);

        node.Settle();

        Assert.Equal(before + 1, client.Transport.Sends);
        Assert.Equal(100, client.Publications("r").Count());
    }

    [Fact]
    public void A_format_that_has_nothing_to_say_sends_nothing_and_its_cursor_moves_on()
    {
        using var node = new TestNode(new RoomRule { JoinLeave = true });
        var client = node.Join("r", dialect: TestDialect.Bare);
        var before = client.Transport.Sends;
        node.Join("r");
        node.Join("r");

        Assert.Equal(before, client.Transport.Sends);
        Assert.Equal(node.Hub.FindRoom("r")!.Log.Head, client.In("r")!.Cursor);
    }

    [Fact]
    public void A_frame_larger_than_a_run_is_sent_whole_between_its_neighbours()
    {
        using var node = new TestNode();
        var client = node.Join("r");
        var large = new string('x', 300 << 10);
        node.Publish("r", "1");
        node.Publish("r", large);
        node.Publish("r", "3");

        node.Settle();

        Assert.Equal(["1", large, "3"], client.Publications("r"));
    }

    [Fact]
    public void A_client_with_very_much_to_send_lets_others_have_their_turn()
    {
        using var node = new TestNode(new RoomRule { Window = new Bounds { MaxCount = 100, MaxBytes = 64 << 20 } });
        var (busy, other) = (node.Join("r"), node.Join("other"));
        busy.Transport.Capacity = 0;
        node.Publish("r", "first");
        node.Settle();
        for (var i = 0; i < 40; i++)
        {
            node.Publish("r", new string('x', 200 << 10));
        }

        node.Settle();
        busy.Transport.Unblock();
        node.Publish("other", "1");
        node.Hub.Loops[0].Turn();

        Assert.Equal(["1"], other.Publications("other"));
        Assert.InRange(busy.Publications("r").Count(), 1, 20);
        node.Settle();
        Assert.Equal(41, busy.Publications("r").Count());
    }

    /// <summary>What a client of two rooms receives, when it is treated so before everything is sent, and reads all afterwards.</summary>
    private static byte[] Send(string name, Action<TestClient> treat, int atATime = int.MaxValue)
    {
        var dialect = name switch { "full" => TestDialect.Full, "decorating" => TestDialect.Decorating, _ => TestDialect.Bare };
        using var node = new TestNode();
        var client = node.Connect(dialect);
        client.Join("a");
        client.Join("b");
        node.Settle();
        client.Connection.PostReply(TestFrame.Encode("reply", "x"));
        client.Connection.PostReply(TestFrame.Encode("reply", "yy"));
        node.PublishNumbers("a", 8, 11);
        node.PublishNumbers("b", 98, 101);
        _ = node.Hub.NotifyAsync("b", new Joined("someone", null)).AsTask();
        node.Publish("b", "102");
        _ = node.Hub.NotifyAsync("b", new SourceStopped("s", null)).AsTask();
        treat(client);
        node.Settle();
        while (client.Transport.HasRest)
        {
            client.Transport.Capacity = atATime;
            client.Transport.FinishRest();
            node.Settle();
        }

        Assert.Empty(client.Transport.Breaches);
        Assert.Equal(dialect == TestDialect.Bare, client.Transport.IsCompleted);
        return client.Transport.Received.ToArray();
    }
}
