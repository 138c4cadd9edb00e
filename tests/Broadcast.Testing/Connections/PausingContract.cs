namespace Broadcast.Testing;

[Trait("row", "S5.5")]
public abstract class PausingContract : ConnectionsContract
{
    [Fact]
    public void A_paused_client_gets_nothing_and_after_resuming_everything()
    {
        using var node = NewNode();
        var (paused, other) = (node.Join("r"), node.Join("r"));
        node.PublishNumbers("r", 1, 2);
        node.Settle();
        paused.Pause("r");
        node.PublishNumbers("r", 3, 5);
        node.Settle();
        Assert.Equal(["1", "2"], paused.Publications("r"));
        Assert.Equal(["1", "2", "3", "4", "5"], other.Publications("r"));

        paused.Resume("r");
        node.Publish("r", "6");
        node.Settle();

        Assert.Equal(["1", "2", "3", "4", "5", "6"], paused.Publications("r"));
    }

    [Fact]
    public void Nothing_is_lost_that_only_the_history_still_has_and_what_it_has_no_more_is_named()
    {
        using var node = NewNode(new RoomRule { Window = new Bounds { MaxCount = 2 }, History = new Bounds { MaxCount = 6 } });
        var client = node.Join("r");
        client.Pause("r");
        node.PublishNumbers("r", 1, 6);
        client.Resume("r");
        node.Settle();
        Assert.Equal(["1", "2", "3", "4", "5", "6"], client.Publications("r"));

        client.Pause("r");
        node.Settle();
        node.PublishNumbers("r", 7, 15);
        client.Resume("r");
        node.Settle();

        Assert.Equal(["gap r 7.e1 to 9.e1: expired", "10", "11", "12", "13", "14", "15"], client.Heard("r").Skip(7));
    }

    [Fact]
    public void Only_the_room_that_was_paused_stands_still()
    {
        using var node = NewNode();
        var client = node.Join("a");
        client.Join("b");
        client.Pause("a");
        node.Settle();
        node.Publish("a", "1");
        node.Publish("b", "2");
        node.Settle();

        Assert.Empty(client.Publications("a"));
        Assert.Equal(["2"], client.Publications("b"));
    }

    [Fact]
    public void No_rule_fires_for_a_paused_client()
    {
        using var node = NewNode(new RoomRule { FallingBehind = FallingBehind.Disconnect, MaxBehind = 2 });
        var client = node.Join("r");
        client.Pause("r");
        node.Settle();
        node.PublishNumbers("r", 1, 10);
        node.Settle();
        Assert.Null(client.Ended);

        client.Leave("r");
        node.Settle();

        Assert.Equal(0, node.Hub.FindRoom("r")!.MemberCount);
    }

    [Fact]
    public void Heartbeats_and_replies_go_on()
    {
        using var node = NewNode();
        var client = node.Join("r");
        client.Pause("r");
        client.Connection.PostReply(TestFrame.Encode("reply", "x"));

        node.Pass(TimeSpan.FromSeconds(26));

        Assert.Contains(client.Frames, f => f.Kind == "reply");
        Assert.Contains(client.Frames, f => f.Kind == "ping");
    }
}
