namespace Broadcast.Core.Tests.Loops;

public sealed class RunsTests
{
    [Fact]
    [Trait("row", "S1.10")]
    public void Cursors_at_one_place_share_one_run()
    {
        using var node = new TestNode();
        node.Join("r");
        node.PublishNumbers("r", 1, 3);
        var (runs, room) = (new Runs(), node.Hub.FindRoom("r")!);

        Assert.Same(runs.Get(room, TestFormat.Full, null, 0, 3), runs.Get(room, TestFormat.Full, null, 0, 3));
        Assert.NotSame(runs.Get(room, TestFormat.Full, null, 0, 3), runs.Get(room, TestFormat.Bare, null, 0, 3));
        Assert.NotSame(runs.Get(room, TestFormat.Full, null, 0, 3), runs.Get(room, TestFormat.Full, null, 1, 3));
    }

    [Fact]
    public void A_run_of_one_frame_is_that_frame()
    {
        using var node = new TestNode();
        node.Join("r");
        node.Publish("r", "1");
        var room = node.Hub.FindRoom("r")!;

        var run = new Runs().Get(room, TestFormat.Full, null, 0, 1)!;

        Assert.Equal(room.Log.TryRead(0)!.FrameFor(TestFormat.Full, "r").Bytes, run.Bytes);
    }

    [Fact]
    public void A_run_that_was_found_again_is_not_built_over_while_seven_others_are_asked_for()
    {
        using var node = new TestNode();
        node.Join("r");
        node.PublishNumbers("r", 1, 9);
        var (runs, room) = (new Runs(), node.Hub.FindRoom("r")!);
        for (var from = 0; from < 8; from++)
        {
            runs.Get(room, TestFormat.Full, null, from, 9);
        }

        var found = runs.Get(room, TestFormat.Full, null, 0, 9)!;
        var bytes = found.Bytes.ToArray();
        for (var to = 2; to < 9; to++)
        {
            runs.Get(room, TestFormat.Full, null, 0, to);
        }

        Assert.Equal(0, found.From);
        Assert.Equal(9, found.To);
        Assert.True(found.Bytes.Span.SequenceEqual(bytes));
    }

    [Fact]
    public void A_client_of_several_rooms_gets_each_rooms_own_bytes_also_where_a_neighbour_got_them_before()
    {
        using var node = new TestNode();
        var rooms = Enumerable.Range(0, 9).Select(r => $"r{r}").ToArray();
        var first = Blocked(node, rooms);
        var second = Blocked(node, rooms);
        foreach (var room in rooms)
        {
            node.PublishNumbers(room, 1, 3);
        }

        node.Settle();
        first.Transport.Unblock();
        node.Settle();
        second.Transport.Unblock();
        node.Settle();

        Assert.All(rooms, r => Assert.Equal(["1", "2", "3"], first.Publications(r)));
        Assert.All(rooms, r => Assert.Equal(["1", "2", "3"], second.Publications(r)));
    }

    private static TestClient Blocked(TestNode node, string[] rooms)
    {
        var client = node.Connect();
        foreach (var room in rooms)
        {
            client.Join(room);
        }

        node.Settle();
        client.Transport.Capacity = 0;
        client.Connection.PostReply(TestFrame.Encode("reply", "first"));
        node.Settle();
        return client;
    }
}
