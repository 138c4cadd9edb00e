namespace Broadcast.Testing;

public abstract class JoiningContract : ConnectionsContract
{
    /// <summary>How many come and go, one after the other.</summary>
    protected virtual int Comings => 10_000;

    [Fact]
    public void The_opening_reply_comes_before_what_was_missed()
    {
        using var node = NewNode();
        node.Join("r");
        node.PublishNumbers("r", 1, 3);

        var late = node.Join("r", JoinAt.After(new StreamPosition("e1", 1)));

        Assert.Equal(["open r at 1.e1", "2", "3"], late.Heard("r"));
    }

    [Fact]
    public void The_opening_reply_comes_before_the_news_that_oneself_has_joined()
    {
        using var node = NewNode(new RoomRule { JoinLeave = true });

        var client = node.Join("r");

        Assert.Equal(["open r at 0.e1", $"joined r {client.Id}"], client.Heard("r"));
    }

    [Fact]
    public void An_opening_reply_that_does_not_fit_resets_the_client_and_nothing_is_sent_after()
    {
        using var node = NewNode(options: new HubOptions { Connections = new ConnectionOptions { MaxReplyBytes = 4 } });
        node.Join("r");
        node.PublishNumbers("r", 1, 3);

        var client = node.Join("r", JoinAt.Start);

        Assert.Equal(Disconnect.SlowConsumer, client.Ended);
        Assert.Empty(client.Frames);
        Assert.Empty(client.Transport.Breaches);
    }

    [Fact]
    [Trait("row", "S1.2")]
    public void Who_joins_now_gets_everything_from_that_moment_also_what_comes_between_the_joining_and_its_turn()
    {
        using var node = NewNode();
        node.Join("r");
        node.PublishNumbers("r", 1, 3);
        node.Settle();
        var client = node.Connect();
        client.Join("r");
        while (client.In("r") is null)
        {
            node.Turn();
        }

        node.PublishNumbers("r", 4, 6);

        node.Settle();

        Assert.Equal(["open r at 3.e1", "4", "5", "6"], client.Heard("r"));
    }

    [Fact]
    public void Nothing_is_sent_of_a_room_that_is_not_open_yet_and_everything_after_its_opening_reply()
    {
        using var node = NewNode();
        node.Backplane.Hold(BackplaneCall.Subscribe);
        var client = node.Join("r");
        node.PublishNumbers("r", 1, 2);
        node.Settle();
        Assert.Empty(client.Frames);

        node.Backplane.AnswerWaiting(asOfCall: true);
        node.Publish("r", "3");
        node.Settle();
        node.Publish("r", "4");
        node.Settle();

        Assert.Equal(["open r at 3.e1", "4"], client.Heard("r"));
    }

    [Fact]
    public void A_room_that_cannot_be_opened_ends_its_members_with_3004_and_the_next_attempt_is_a_new_room()
    {
        using var node = NewNode();
        node.Backplane.Hold(BackplaneCall.Subscribe);
        var unlucky = node.Join("r");
        node.Backplane.FailWaiting();
        node.Settle();
        Assert.Equal(Disconnect.ServerError, unlucky.Ended);
        node.Backplane.LetGo(BackplaneCall.Subscribe);

        var client = node.Join("r");
        node.Publish("r", "1");
        node.Settle();

        Assert.Equal(["open r at 0.e1", "1"], client.Heard("r"));
    }

    [Fact]
    public void Positions_of_another_epoch_too_new_or_too_old_are_told_as_gaps()
    {
        using var node = NewNode(new RoomRule { Window = new Bounds { MaxCount = 2 }, History = new Bounds { MaxCount = 3 } });
        node.Join("r");
        node.PublishNumbers("r", 1, 5);

        var foreign = node.Join("r", JoinAt.After(new StreamPosition("e0", 7)));
        var ahead = node.Join("r", JoinAt.After(new StreamPosition("e1", 9)));
        var old = node.Join("r", JoinAt.After(new StreamPosition("e1", 1)));
        var start = node.Join("r", JoinAt.Start);

        Assert.Equal(["open r at 7.e0", "gap r 8.e0 to 2.e1: epoch", "3", "4", "5"], foreign.Heard("r"));
        Assert.Equal(["open r at 9.e1", "gap r 6.e1 to 9.e1: ahead"], ahead.Heard("r"));
        Assert.Equal(["open r at 1.e1", "gap r 2.e1 to 2.e1: expired", "3", "4", "5"], old.Heard("r"));
        Assert.Equal(["open r at 0.e1", "3", "4", "5"], start.Heard("r"));
    }

    [Fact]
    public void Who_joins_a_room_twice_is_in_it_once()
    {
        using var node = NewNode();
        var client = node.Join("r");
        client.Join("r");
        node.Publish("r", "1");
        node.Settle();
        Assert.Equal(["open r at 0.e1", "1"], client.Heard("r"));

        client.Leave("r");
        node.Settle();

        Assert.Equal((0, 0), (node.Hub.FindRoom("r")!.MemberCount, node.Hub.FindRoom("r")!.Presence.Count));
    }

    [Fact]
    [Trait("row", "S1.4")]
    public void After_many_joins_and_leaves_nothing_is_left_of_them()
    {
        using var node = NewNode(new RoomRule { JoinLeave = true });
        for (var i = 0; i < Comings; i++)
        {
            var client = node.Connect(transport: new FakeTransport { Keeps = false });
            client.Join("r");
            if (i % 3 == 0)
            {
                node.Publish("r", "x");
                node.Settle();
                client.Leave("r");
            }

            if (i % 2 == 0)
            {
                node.Settle();
            }

            client.Connection.PostTransportEnded(Disconnect.GoingAway);
            node.Settle();
            Assert.Equal(0, node.Hub.FindRoom("r")!.MemberCount);
            Assert.Equal(0, node.Hub.FindRoom("r")!.Presence.Count);
        }

        node.Pass(TimeSpan.FromSeconds(7));

        Assert.Equal((0, 0, 0L), (node.Hub.ConnectionCount, node.Hub.RoomCount, node.Hub.Budget.Used));
        Assert.Empty(node.Backplane.ListenedRooms);
        Assert.All(node.Hub.Loops, l => Assert.Equal(0, l.ConnectionCount));
    }
}
