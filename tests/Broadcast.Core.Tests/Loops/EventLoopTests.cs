namespace Broadcast.Core.Tests.Loops;

public sealed class EventLoopTests
{
    [Fact]
    public void What_is_posted_is_done_in_order_and_what_that_posts_in_the_next_turn()
    {
        using var node = new TestNode();
        var (loop, done) = (node.Hub.Loops[0], new List<int>());
        loop.Post(new LoopAction(() =>
        {
            done.Add(1);
            loop.Post(new LoopAction(() => done.Add(3)));
        }));
        loop.Post(new LoopAction(() => done.Add(2)));
        Assert.True(loop.HasWork);

        Assert.True(loop.Turn());
        Assert.Equal([1, 2], done);
        Assert.False(loop.Turn());

        Assert.Equal([1, 2, 3], done);
    }

    [Fact]
    [Trait("row", "S1.11")]
    public void A_fault_in_what_was_posted_is_logged_and_the_loop_goes_on()
    {
        using var node = new TestNode();
        var (loop, done) = (node.Hub.Loops[0], false);
        var faulty = loop.PostAsync(() => throw new InvalidOperationException("The test says no."));
        loop.Post(new LoopAction(() => done = true));

        loop.Turn();

        Assert.True(done);
        Assert.True(faulty.IsCompletedSuccessfully);
        Assert.Contains(node.Logger.Lines, l => l.Event.Id == 6);
    }

    [Fact]
    public void News_of_a_room_wake_each_loop_with_members_once_until_it_has_looked()
    {
        var wakes = 0;
        using var node = new TestNode();
        node.Join("r");
        var loop = new EventLoop(0, node.Hub, () => wakes++);
        var room = node.Hub.FindRoom("r")!;
        var members = new RoomMembers(room, loop, null);
        members.Tell();
        Assert.Equal(0, wakes);
        members.Add(new Subscription(node.Clients[0].Connection, room, TestFormat.Full, JoinAt.Now));

        members.Tell();
        members.Tell();
        Assert.Equal(1, wakes);
        loop.Turn();
        members.Tell();

        Assert.Equal(2, wakes);
    }

    [Fact]
    [Trait("row", "S5.1")]
    public void Clients_are_spread_over_the_loops_and_all_get_everything()
    {
        using var node = new TestNode(loops: 4);
        var clients = Enumerable.Range(0, 40).Select(_ => node.Join("r")).ToArray();
        node.PublishNumbers("r", 1, 5);
        node.Settle();

        Assert.All(node.Hub.Loops, l => Assert.Equal(10, l.ConnectionCount));
        Assert.All(clients, c => Assert.Equal(["1", "2", "3", "4", "5"], c.Publications("r")));
    }

    [Fact]
    public void Idle_loops_have_nothing_to_do()
    {
        using var node = new TestNode(loops: 2);
        node.Join("r");
        node.PublishNumbers("r", 1, 5);
        node.Settle();

        Assert.All(node.Hub.Loops, l => Assert.False(l.HasWork || l.Turn()));
    }
}
