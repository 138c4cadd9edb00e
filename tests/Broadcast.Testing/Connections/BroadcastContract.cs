namespace Broadcast.Testing;

/// <summary>What the first of the source documents asks of a broadcast, as far as the core shows it.</summary>
public abstract class BroadcastContract : ConnectionsContract
{
    [Fact]
    [Trait("row", "S1.1")]
    [Trait("row", "S1.14")]
    public void All_members_of_a_room_get_the_same_sequence_and_nobody_else_does()
    {
        using var node = NewNode(loops: 2);
        var members = Enumerable.Range(0, 20).Select(_ => node.Join("r")).ToArray();
        var stranger = node.Join("other");
        node.PublishNumbers("r", 1, 100);
        node.Settle();

        Assert.All(members, c => Assert.Equal(Enumerable.Range(1, 100).Select(n => $"{n}"), c.Publications("r")));
        Assert.Empty(stranger.Publications("r"));
    }

    [Fact]
    [Trait("row", "S1.3")]
    [Trait("row", "S1.13")]
    public void When_some_leave_the_others_see_no_gap_and_no_repeat()
    {
        using var node = NewNode();
        var clients = Enumerable.Range(0, 10).Select(_ => node.Join("r")).ToArray();
        for (var number = 1; number <= 10; number++)
        {
            node.PublishNumbers("r", number, number);
            if (number % 2 == 0)
            {
                clients[number - 1].Leave("r");
            }
            else if (number % 3 == 0)
            {
                clients[number - 1].Connection.PostTransportEnded(Disconnect.GoingAway);
            }

            node.Turn();
        }

        node.Settle();

        Assert.Equal(Enumerable.Range(1, 10).Select(n => $"{n}"), clients[0].Publications("r"));
        Assert.Equal(3, node.Hub.FindRoom("r")!.MemberCount);
        Assert.Equal(8, node.Hub.ConnectionCount);
    }

    [Fact]
    [Trait("row", "S1.5")]
    [Trait("row", "S1.6")]
    [Trait("row", "S1.7")]
    public void Half_of_the_clients_may_stop_reading_and_the_other_half_does_not_notice()
    {
        using var node = NewNode();
        var clients = Enumerable.Range(0, 20).Select(_ => node.Join("r")).ToArray();
        foreach (var slow in clients[..10])
        {
            slow.Transport.Capacity = 7;
        }

        for (var number = 1; number <= 2_000; number++)
        {
            node.PublishNumbers("r", number, number);
            node.Settle();
        }

        Assert.All(clients[10..], c => Assert.Equal(2_000, c.Publications("r").Count()));
        Assert.All(clients[..10], c => Assert.InRange(c.Transport.RestLength, 1, 100));
        foreach (var slow in clients[..10])
        {
            slow.Transport.Unblock();
        }

        node.Settle();
        Assert.All(clients[..10], c => Assert.Equal(Enumerable.Range(1, 2_000).Select(n => $"{n}"), c.Publications("r")));
    }

    [Fact]
    [Trait("row", "S1.9")]
    [Trait("row", "S1.10")]
    public void A_publication_is_handed_over_once_and_encoded_once_however_many_clients_there_are()
    {
        using var node = NewNode();
        for (var i = 0; i < 100; i++)
        {
            node.Join("r");
        }

        var before = TestFormat.Encodings;
        node.PublishNumbers("r", 1, 3);
        node.Settle();

        Assert.Equal(before + 3, TestFormat.Encodings);
        Assert.Equal(0, node.Backplane.Reads);
    }

    [Fact]
    [Trait("row", "S1.19")]
    public void Without_clients_publications_go_to_the_history_and_nothing_is_held_for_nobody()
    {
        using var node = NewNode();
        node.PublishNumbers("r", 1, 50);
        node.Settle();
        Assert.Equal((0, 0L), (node.Hub.RoomCount, node.Hub.Budget.Used));

        var client = node.Join("r", JoinAt.Start);

        Assert.Equal(Enumerable.Range(1, 50).Select(n => $"{n}"), client.Publications("r"));
    }

    [Fact]
    public void A_node_takes_no_more_clients_than_it_may()
    {
        using var node = NewNode(options: new HubOptions { MaxConnections = 2 });
        node.Connect();
        var second = node.Connect();
        Assert.False(node.Hub.TryReserve());
        node.Settle();

        second.Connection.PostTransportEnded(Disconnect.GoingAway);
        node.Settle();

        Assert.True(node.Hub.TryReserve());
        Assert.False(node.Hub.TryReserve());
    }

    [Fact]
    public void What_the_backplane_refuses_reaches_nobody()
    {
        using var node = NewNode();
        var client = node.Join("r");
        node.Backplane.Outcome = PublishOutcome.Refused;
        var refused = node.Publish("r", "1");
        node.Backplane.Outcome = PublishOutcome.Accepted;
        var accepted = node.Publish("r", "2");
        node.Settle();

        Assert.Equal((PublishOutcome.Refused, PublishOutcome.Accepted), (refused.Outcome, accepted.Outcome));
        Assert.Equal(["2"], client.Publications("r"));
        Assert.Equal(new StreamPosition("e1", 1), accepted.Position);
    }
}
