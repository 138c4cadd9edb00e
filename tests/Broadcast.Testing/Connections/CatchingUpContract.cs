namespace Broadcast.Testing;

public abstract class CatchingUpContract : ConnectionsContract
{
    private static readonly RoomRule SmallWindow = new() { Window = new Bounds { MaxCount = 2 } };

    [Fact]
    public void What_the_window_no_longer_has_is_read_from_history_and_shared_by_all_who_need_it()
    {
        using var node = NewNode(SmallWindow);
        node.Join("r");
        node.PublishNumbers("r", 1, 9);
        node.Backplane.Hold(BackplaneCall.Read);
        var clients = Enumerable.Range(0, 50).Select(_ => node.Join("r", JoinAt.After(new StreamPosition("e1", 3)))).ToArray();
        Assert.Single(node.Backplane.Waiting);

        node.Backplane.AnswerWaiting();
        node.Settle();

        Assert.All(clients, c => Assert.Equal(["4", "5", "6", "7", "8", "9"], c.Publications("r")));
    }

    [Fact]
    public void A_lost_history_is_waited_for_without_asking_again_and_again()
    {
        using var node = NewNode();
        node.Join("r");
        node.Publish("r", "1");
        node.Backplane.Restart();

        var client = node.Join("r", JoinAt.After(new StreamPosition("e0", 3)));
        node.Publish("r", "2");
        node.Settle();

        Assert.Equal(["open r at 3.e0", "gap r 4.e0 to 0.e2: epoch", "2"], client.Heard("r"));
        Assert.InRange(node.Backplane.Reads, 1, 8);
    }

    [Fact]
    public void Who_knows_more_than_the_node_was_handed_over_gets_nothing_twice_and_nothing_is_called_missing()
    {
        using var node = NewNode();
        node.Join("r");
        node.Backplane.HandsOver = false;
        node.PublishNumbers("r", 1, 5);
        node.Backplane.Hold(BackplaneCall.Read);

        var client = node.Join("r", JoinAt.After(new StreamPosition("e1", 4)));
        node.Backplane.LetGo(BackplaneCall.Read);
        node.Backplane.AnswerWaiting();
        node.Settle();
        node.Backplane.HandOverAllPending();
        node.Settle();

        Assert.Equal(["open r at 4.e1", "5"], client.Heard("r"));
    }

    [Fact]
    public void A_read_that_began_before_a_position_was_reached_does_not_make_it_look_too_new()
    {
        using var node = NewNode(SmallWindow);
        node.Join("r");
        node.PublishNumbers("r", 1, 4);
        node.Backplane.Hold(BackplaneCall.Read);
        node.Join("r", JoinAt.After(new StreamPosition("e1", 1)));
        node.PublishNumbers("r", 5, 9);

        var client = node.Join("r", JoinAt.After(new StreamPosition("e1", 6)));
        node.Backplane.LetGo(BackplaneCall.Read);
        node.Backplane.AnswerWaiting(asOfCall: true);
        node.Settle();

        Assert.Equal(["open r at 6.e1", "7", "8", "9"], client.Heard("r"));
    }

    [Fact]
    public void A_gap_that_was_not_told_yet_and_reaches_into_a_new_epoch_is_called_one_of_the_epoch()
    {
        using var node = NewNode(new RoomRule { Window = new Bounds { MaxCount = 1 }, History = new Bounds { MaxCount = 2 } });
        node.Join("r");
        node.Publish("r", "1");
        node.Settle();
        node.Publish("r", "2");
        node.Settle();
        node.Backplane.Hold(BackplaneCall.Read);
        var client = node.Join("r", JoinAt.After(new StreamPosition("e0", 5)));
        node.Backplane.AnswerWaiting();
        node.Settle();
        node.Backplane.LetGo(BackplaneCall.Read);
        client.Pause("r");
        node.Settle();
        node.Backplane.AnswerWaiting();
        node.Settle();
        node.PublishNumbers("r", 3, 5);
        node.Pass(TimeSpan.FromSeconds(1));

        client.Transport.Capacity = 0;
        client.Connection.PostReply(TestFrame.Encode("reply", "x"));
        client.Resume("r");
        node.Settle();
        client.Transport.Unblock();
        node.Settle();

        Assert.Equal(["open r at 5.e0", "gap r 6.e0 to 3.e1: epoch", "4", "5"], client.Heard("r"));
    }

    [Fact]
    public void When_the_window_is_met_after_a_failed_read_what_is_in_it_is_sent_at_once()
    {
        using var node = NewNode();
        node.Join("r");
        node.Backplane.HandsOver = false;
        node.PublishNumbers("r", 1, 3);
        node.Backplane.Hold(BackplaneCall.Read);
        var client = node.Join("r", JoinAt.After(new StreamPosition("e1", 2)));
        node.Backplane.FailWaiting();
        node.Settle();
        node.Backplane.HandOverAllPending();
        node.Settle();

        node.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(["3"], client.Publications("r"));
    }

    [Fact]
    public void The_fifth_failed_read_ends_the_connection_with_3010()
    {
        using var node = NewNode(SmallWindow);
        node.Join("r");
        node.PublishNumbers("r", 1, 9);
        node.Backplane.Hold(BackplaneCall.Read);
        var client = node.Join("r", JoinAt.Start);
        for (var failure = 1; failure <= 5; failure++)
        {
            Assert.Null(client.Ended);
            node.Backplane.FailWaiting();
            node.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(Disconnect.InsufficientState, client.Ended);
    }

    [Fact]
    public void An_answer_for_one_who_has_left_and_come_again_is_dropped()
    {
        using var node = NewNode(SmallWindow);
        node.Join("r");
        node.PublishNumbers("r", 1, 9);
        node.Backplane.Hold(BackplaneCall.Read);
        var client = node.Join("r", JoinAt.Start);
        client.Leave("r");
        client.Join("r");
        node.Settle();

        node.Backplane.AnswerWaiting();
        node.Settle();

        Assert.Equal(["open r at 0.e1", "open r at 9.e1"], client.Heard("r"));
    }

    [Fact]
    public void A_paused_client_does_not_read_history_again_and_again()
    {
        using var node = NewNode(SmallWindow);
        node.Join("r");
        node.PublishNumbers("r", 1, 9);
        node.Backplane.Hold(BackplaneCall.Read);
        var client = node.Join("r", JoinAt.Start);
        client.Pause("r");
        node.Settle();
        node.Backplane.LetGo(BackplaneCall.Read);
        node.Backplane.AnswerWaiting();
        node.Pass(TimeSpan.FromSeconds(4));
        Assert.Equal(1, node.Backplane.Reads);

        client.Resume("r");
        node.Settle();

        Assert.Equal(["1", "2", "3", "4", "5", "6", "7", "8", "9"], client.Publications("r"));
    }
}
