namespace Broadcast.Core.Tests.Rooms;

public sealed class RoomTests
{
    [Fact]
    public void A_room_that_comes_again_subscribes_only_when_the_backplane_has_let_go_of_the_old_one()
    {
        using var node = new TestNode();
        node.Backplane.Hold(BackplaneCall.Unsubscribe);
        node.Join("r").Leave("r");
        node.Settle();
        node.Pass(TimeSpan.FromSeconds(7));
        var client = node.Join("r");
        Assert.Empty(client.Frames);

        node.Backplane.AnswerWaiting();
        node.Settle();
        node.Publish("r", "1");
        node.Settle();

        Assert.Equal(["open r at 0.e1", "1"], client.Heard("r"));
        Assert.Empty(node.Backplane.Breaches);
        Assert.Equal(["r"], node.Backplane.ListenedRooms);
    }

    [Fact]
    public void What_is_read_for_a_room_that_was_closed_meanwhile_is_not_kept()
    {
        using var node = new TestNode();
        var client = node.Join("r");
        node.Backplane.HandsOver = false;
        node.PublishNumbers("r", 1, 3);
        node.Backplane.Hold(BackplaneCall.Read);
        node.Backplane.HandOverPending(2);
        client.Leave("r");
        node.Settle();
        node.Pass(TimeSpan.FromSeconds(7));

        node.Backplane.AnswerWaiting();
        node.Settle();

        Assert.Equal(0, node.Hub.Budget.Used);
    }

    [Fact]
    public void A_room_stays_for_five_seconds_after_its_last_member_left()
    {
        using var node = new TestNode();
        node.Join("r").Leave("r");
        node.Settle();
        node.Pass(TimeSpan.FromSeconds(4));
        node.Publish("r", "1");
        Assert.Equal(RoomState.Lingering, node.Hub.FindRoom("r")!.State);

        var back = node.Join("r", JoinAt.Start);
        node.Pass(TimeSpan.FromSeconds(10));

        Assert.Equal(RoomState.Open, node.Hub.FindRoom("r")!.State);
        Assert.Equal(["open r at 0.e1", "1"], back.Heard("r"));
    }

    [Fact]
    [Trait("row", "S1.14")]
    public void What_is_handed_over_twice_late_out_of_order_or_not_at_all_is_sent_once_and_in_order()
    {
        using var node = new TestNode();
        var client = node.Join("r");
        node.Backplane.HandsOver = false;
        node.PublishNumbers("r", 1, 6);

        node.Backplane.RepeatPending();
        node.Backplane.RepeatPending();
        node.Backplane.HandOverPending(3);
        node.Backplane.LosePending(1);
        node.Backplane.HandOverAllPending();
        node.Settle();

        Assert.Equal(["1", "2", "3", "4", "5", "6"], client.Publications("r"));
    }

    [Fact]
    public void A_last_publication_that_was_lost_is_found_by_comparing_positions()
    {
        using var node = new TestNode();
        var client = node.Join("r");
        node.Backplane.HandsOver = false;
        node.PublishNumbers("r", 1, 2);
        node.Backplane.LosePending();
        node.Backplane.LosePending();

        node.Pass(TimeSpan.FromSeconds(6));

        Assert.Equal(["1", "2"], client.Publications("r"));
    }

    [Fact]
    public void A_hole_that_history_cannot_fill_is_told_to_everybody()
    {
        using var node = new TestNode(new RoomRule { Window = new Bounds { MaxCount = 2 }, History = new Bounds { MaxCount = 2 } });
        var client = node.Join("r");
        node.Backplane.HandsOver = false;
        node.PublishNumbers("r", 1, 6);

        node.Backplane.HandOverPending(5);
        node.Settle();

        Assert.Equal(["open r at 0.e1", "gap r 1.e1 to 4.e1: expired", "5", "6"], client.Heard("r"));
    }

    [Fact]
    public void A_history_that_cannot_be_read_is_tried_again_and_what_comes_meanwhile_waits()
    {
        using var node = new TestNode();
        var client = node.Join("r");
        node.Backplane.HandsOver = false;
        node.PublishNumbers("r", 1, 4);
        node.Backplane.Hold(BackplaneCall.Read);
        node.Backplane.HandOverPending(1);
        node.Backplane.FailWaiting();
        node.Backplane.HandOverAllPending();
        node.Settle();
        Assert.Empty(client.Publications("r"));
        node.Backplane.LetGo(BackplaneCall.Read);

        node.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(["1", "2", "3", "4"], client.Publications("r"));
    }

    [Fact]
    public void A_lost_history_is_told_and_the_room_goes_on_in_the_new_epoch()
    {
        using var node = new TestNode();
        var client = node.Join("r");
        node.PublishNumbers("r", 1, 2);
        node.Settle();
        node.Backplane.Restart();
        node.PublishNumbers("r", 3, 4);
        node.Settle();

        Assert.Equal(["open r at 0.e1", "1", "2", "gap r 3.e1 to 0.e2: epoch", "3", "4"], client.Heard("r"));
    }

    [Fact]
    [Trait("row", "S1.18")]
    public void A_source_that_stopped_is_told_in_its_place_and_the_room_goes_on()
    {
        using var node = new TestNode();
        var client = node.Join("r");
        node.Publish("r", "1");
        _ = node.Hub.NotifyAsync("r", new SourceStopped("s", "it broke")).AsTask();
        node.Publish("r", "2");
        node.Settle();

        Assert.Equal(["open r at 0.e1", "1", "source r s", "2"], client.Heard("r"));
    }

    [Fact]
    public void A_room_with_more_members_than_it_names_tells_nobody_who_comes_and_goes()
    {
        using var node = new TestNode(new RoomRule { JoinLeave = true, MaxPresence = 2 });
        var first = node.Join("r");
        node.Join("r");
        var third = node.Join("r");
        third.Leave("r");
        node.Settle();

        Assert.Equal(2, first.Frames.Count(f => f.Kind == "joined"));
        Assert.Equal(0, first.Frames.Count(f => f.Kind == "left"));
    }
}
