namespace Broadcast.Testing;

/// <summary>A client that decides itself what a gap means, as those of the Centrifuge protocol do.</summary>
public abstract class RecoveryContract : ConnectionsContract
{
    [Fact]
    public void What_the_window_has_is_recovered_and_follows_the_opening_reply()
    {
        using var node = Published(9, new RoomRule());

        var client = node.Join("r", JoinAt.Recover(new StreamPosition("e1", 6)));

        Assert.Equal(["open r at 6.e1", "7", "8", "9"], client.Heard("r"));
        Assert.True(Recovered(client));
    }

    [Fact]
    public void What_only_the_history_has_is_recovered_too_and_the_reply_waits_for_it()
    {
        using var node = Published(9, new RoomRule { Window = new Bounds { MaxCount = 2 } });
        node.Pass(TimeSpan.FromSeconds(2));
        node.Backplane.Hold(BackplaneCall.Read);

        var client = node.Join("r", JoinAt.Recover(new StreamPosition("e1", 3)));
        Assert.Empty(client.Heard("r"));
        node.Backplane.LetGo(BackplaneCall.Read);
        node.Backplane.AnswerWaiting();
        node.Settle();

        Assert.Equal(["open r at 3.e1", "4", "5", "6", "7", "8", "9"], client.Heard("r"));
        Assert.True(Recovered(client));
    }

    [Theory]
    [InlineData("e0", 3)]
    [InlineData("e1", 99)]
    public void A_position_of_another_epoch_or_beyond_the_top_is_not_recovered_and_begins_at_the_newest(string epoch, ulong offset)
    {
        using var node = Published(9, new RoomRule());

        var client = node.Join("r", JoinAt.Recover(new StreamPosition(epoch, offset)));
        node.Publish("r", "10");
        node.Settle();

        Assert.Equal(["open r at 9.e1", "10"], client.Heard("r"));
        Assert.False(Recovered(client));
    }

    [Fact]
    public void What_is_kept_no_more_is_not_recovered_and_no_gap_is_told()
    {
        var rule = new RoomRule { Window = new Bounds { MaxCount = 2 }, History = new Bounds { MaxCount = 4 } };
        using var node = Published(9, rule);

        var client = node.Join("r", JoinAt.Recover(new StreamPosition("e1", 3)));

        Assert.Equal(["open r at 9.e1"], client.Heard("r"));
        Assert.False(Recovered(client));
    }

    [Theory]
    [InlineData(FallingBehind.Skip)]
    [InlineData(FallingBehind.Latest)]
    [InlineData(FallingBehind.Conflate)]
    [InlineData(FallingBehind.Disconnect)]
    public void Who_is_further_back_than_a_room_allows_is_not_given_back_what_its_rule_would_take_away_again(FallingBehind rule)
    {
        using var node = Published(9, new RoomRule { FallingBehind = rule, MaxBehind = 3 });

        var tooFar = node.Join("r", JoinAt.Recover(new StreamPosition("e1", 5)));
        var near = node.Join("r", JoinAt.Recover(new StreamPosition("e1", 6)));

        Assert.Equal(["open r at 9.e1"], tooFar.Heard("r"));
        Assert.Equal(["open r at 6.e1", "7", "8", "9"], near.Heard("r"));
        Assert.Equal((false, true), (Recovered(tooFar), Recovered(near)));
    }

    [Fact]
    public void A_position_without_an_epoch_is_of_the_rooms_own()
    {
        using var node = Published(2, new RoomRule());

        var client = node.Join("r", JoinAt.Recover(new StreamPosition("", 1)));

        Assert.Equal(["open r at 1.e1", "2"], client.Heard("r"));
    }

    private TestNode Published(int count, RoomRule rule)
    {
        var node = NewNode(rule);
        node.Join("r");
        node.PublishNumbers("r", 1, count);
        node.Settle();
        return node;
    }

    private static bool? Recovered(TestClient client) => client.In("r")!.Recovered;
}
