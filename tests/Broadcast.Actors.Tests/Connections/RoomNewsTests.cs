namespace Broadcast.Actors.Tests;

/// <summary>How news reach members each of which has a loop of its own.</summary>
public sealed class RoomNewsTests
{
    [Fact]
    [Trait("row", "S1.1")]
    public void Members_beyond_what_one_hub_feeds_get_everything_in_order_also_while_others_come_and_go()
    {
        using var node = new ActorNode();
        var stay = Enumerable.Range(0, 120).Select(_ => node.Join("r")).ToArray();
        for (var number = 1; number <= 60; number++)
        {
            var passing = node.Connect();
            passing.Join("r");
            node.PublishNumbers("r", number, number);
            node.Turn();
            passing.Leave("r");
            if (number % 3 == 0)
            {
                node.Settle();
            }
        }

        node.Settle();

        Assert.All(stay, c => Assert.Equal(Enumerable.Range(1, 60).Select(n => $"{n}"), c.Publications("r")));
        Assert.Equal(120, node.Hub.FindRoom("r")!.MemberCount);
    }

    [Fact]
    public void What_is_published_before_a_members_stream_reaches_it_is_looked_for_when_it_does()
    {
        using var node = new ActorNode();
        node.Join("r");
        var client = node.Connect();
        client.Join("r");
        while (client.In("r") is not { State: SubscriptionState.Live })
        {
            node.Turn();
        }

        Assert.True(node.Joining > 0, "The stream is there already; nothing is shown.");
        node.Publish("r", "1");
        node.Settle();

        Assert.Equal(["1"], client.Publications("r"));
    }

    [Fact]
    public void Members_of_a_room_whose_streams_have_ended_are_told_one_by_one_and_so_are_newcomers()
    {
        using var node = new ActorNode();
        var before = node.Join("r");
        node.Publish("r", "1");
        node.Settle();
        node.EndStreams();
        var after = node.Join("r");
        node.Publish("r", "2");
        node.SettleUntil(() => before.Publications("r").Count() == 2);
        before.Leave("r");
        node.Settle();
        node.Publish("r", "3");
        node.Settle();

        Assert.Equal(["1", "2"], before.Publications("r"));
        Assert.Equal(["2", "3"], after.Publications("r"));
    }

    [Fact]
    public void A_room_that_nobody_is_in_any_more_leaves_no_stream_behind()
    {
        using var node = new ActorNode();
        var clients = Enumerable.Range(0, 40).Select(_ => node.Join("r")).ToArray();
        var streams = node.Streams;
        Assert.True(streams >= clients.Length, $"{streams} streams cannot feed {clients.Length} members.");

        foreach (var client in clients)
        {
            client.Leave("r");
        }

        node.Pass(TimeSpan.FromSeconds(7));

        Assert.Equal(0, node.Hub.RoomCount);
        node.SettleUntil(() => node.Streams == 0);
    }

    [Fact]
    public void Frames_are_let_go_of_with_the_window()
    {
        using var node = new ActorNode(new RoomRule { Window = new Bounds { MaxCount = 3 } });
        node.Join("r");
        node.Join("r");
        node.PublishNumbers("r", 1, 20);
        node.Settle();
        var log = node.Hub.FindRoom("r")!.Log;
        Assert.True(log.Bytes > 0);

        node.PublishNumbers("r", 21, 23);

        // Nobody has looked at these three yet.
        Assert.Equal(3 * log.TryRead(log.Head - 1)!.Cost, log.Bytes);
    }
}
