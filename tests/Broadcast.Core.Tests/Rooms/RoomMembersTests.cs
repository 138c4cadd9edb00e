using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Core.Tests.Rooms;

public sealed class RoomMembersTests
{
    [Fact]
    [Trait("row", "S1.3")]
    public void Who_leaves_during_a_round_makes_nobody_be_passed_over_or_visited_twice()
    {
        var cases =
            from members in Gen.Choose(1, 12)
            from slice in Gen.Choose(1, 4)
            from steps in Gen.Choose(-1, 11).ArrayOf(12)
            select (members, slice, steps);
        Prop.ForAll(cases.ToArbitrary(), c => Check(c.members, c.slice, c.steps)).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Who_is_moved_into_the_last_place_that_is_then_given_up_keeps_its_own()
    {
        using var node = new TestNode();
        node.Hub.Loops[0].Slice = 2;
        var (first, second) = (node.Join("r"), node.Join("r"));
        var third = node.Join("r");
        node.Publish("r", "1");
        node.Hub.Loops[0].Turn();
        third.Leave("r");
        first.Leave("r");
        node.Settle();
        var fourth = node.Join("r");
        second.Leave("r");
        node.Settle();

        node.Publish("r", "2");
        node.Settle();

        Assert.Equal(["2"], fourth.Publications("r"));
    }

    [Fact]
    public void Other_rooms_have_their_turn_between_the_slices_of_a_large_one()
    {
        using var node = new TestNode();
        var large = Enumerable.Range(0, 600).Select(_ => node.Join("large")).ToArray();
        var small = node.Join("small");
        node.Publish("large", "1");
        node.Publish("small", "1");

        node.Hub.Loops[0].Turn();

        Assert.Equal(128, large.Count(c => c.Publications("large").Any()));
        Assert.Equal(["1"], small.Publications("small"));
        node.Hub.Loops[0].Turn();
        Assert.Equal(256, large.Count(c => c.Publications("large").Any()));
        node.Settle();
        Assert.All(large, c => Assert.Equal(["1"], c.Publications("large")));
    }

    [Fact]
    public void What_comes_during_a_round_is_sent_in_the_next_so_that_members_stay_together()
    {
        using var node = new TestNode();
        node.Hub.Loops[0].Slice = 1;
        var (first, second) = (node.Join("r"), node.Join("r"));
        node.Publish("r", "1");
        node.Hub.Loops[0].Turn();
        node.Publish("r", "2");
        node.Hub.Loops[0].Turn();
        Assert.Equal(["1"], first.Publications("r"));
        Assert.Equal(["1"], second.Publications("r"));

        node.Settle();

        Assert.Equal(["1", "2"], first.Publications("r"));
        Assert.Equal(["1", "2"], second.Publications("r"));
    }

    [Fact]
    public void Frames_are_let_go_of_when_the_slowest_member_has_passed_them_and_a_paused_one_does_not_count()
    {
        using var node = new TestNode();
        node.Join("r");
        var slow = node.Join("r");
        var paused = node.Join("r");
        paused.Pause("r");
        slow.Transport.Capacity = 0;
        node.PublishNumbers("r", 1, 5);
        node.Settle();
        var log = node.Hub.FindRoom("r")!.Log;
        var cost = log.TryRead(0)!.Cost;
        Assert.True(log.Bytes > 5 * cost);

        slow.Transport.Unblock();
        node.Settle();
        node.Publish("r", "6");
        node.Settle();

        Assert.Equal(6 * cost, log.Bytes);
    }

    /// <param name="steps">After each turn one member leaves (its number) or one comes (−1).</param>
    private static void Check(int members, int slice, int[] steps)
    {
        using var node = new TestNode();
        node.Hub.Loops[0].Slice = slice;
        var inRoom = Enumerable.Range(0, members).Select(_ => node.Join("r")).ToList();
        var published = 0;
        foreach (var step in steps)
        {
            node.PublishNumbers("r", ++published, published);
            node.Hub.Loops[0].Turn();
            if (step < 0)
            {
                var client = node.Connect();
                client.Join("r");
                inRoom.Add(client);
            }
            else if (step < inRoom.Count)
            {
                inRoom[step].Leave("r");
                inRoom.RemoveAt(step);
            }
        }

        node.PublishNumbers("r", ++published, published);
        node.Settle();

        Assert.Equal(inRoom.Count, node.Hub.FindRoom("r")!.MemberCount);
        foreach (var client in inRoom)
        {
            var open = (int)client.Frames[0].Position.Offset;
            Assert.Equal(Enumerable.Range(open + 1, published - open).Select(n => $"{n}"), client.Publications("r"));
        }
    }
}
