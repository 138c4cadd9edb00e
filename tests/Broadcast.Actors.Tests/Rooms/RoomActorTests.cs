using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit;
using Topic = Akka.Cluster.Tools.PublishSubscribe;

namespace Broadcast.Actors.Tests;

public sealed class RoomActorTests : WithoutCluster
{
    private const string NoMajority = "This node reaches 1 of 3 nodes.";

    private readonly TestProbe _shard;
    private readonly TestProbe _listener;

    public RoomActorTests()
    {
        (_shard, _listener) = (CreateTestProbe(), CreateTestProbe());
    }

    [Fact]
    public void Positions_begin_at_1_and_rise_by_one_in_one_epoch()
    {
        var room = Begin();

        var positions = Enumerable.Range(0, 5).Select(i => Publish(room, $"{i}")).ToArray();

        Assert.Equal([1, 2, 3, 4, 5], positions.Select(p => p.Offset));
        Assert.Single(positions.Select(p => p.Epoch).Distinct());
        Assert.Equal(positions[^1], Listen(room));
    }

    [Fact]
    public void The_same_idempotency_key_is_answered_alike_and_handed_over_once()
    {
        Hold();
        var room = Begin();
        foreach (var (text, key) in new[] { ("once", "key"), ("twice", "key"), ("end", null) })
        {
            room.Tell(Publishing(text, key), TestActor);
        }

        LetGo();

        var positions = Enumerable.Range(0, 3).Select(_ => ExpectMsg<Published>().Position).ToArray();
        Assert.Equal([1, 1, 2], positions.Select(p => p.Offset));
        Assert.Equal(["once", "end"], Texts(HandedByTopic()));
    }

    [Fact]
    public void Without_a_majority_everything_is_refused_with_the_reason()
    {
        var room = Begin();
        Publish(room, "before");
        Engine.Majority.NoLongerAlone(Time.GetTimestamp());
        Engine.Majority.Explain(NoMajority);
        Time.Advance(Options.Lease + TimeSpan.FromSeconds(1));

        object[] questions = [Publishing("x"), new Notify(Room, new SourceStopped("x", null)), new Listen(Room), new Read(Room, HistoryQuery.PositionOnly)];
        foreach (var question in questions)
        {
            room.Tell(question, TestActor);
            Assert.Equal(NoMajority, ExpectMsg<Refused>().Reason);
        }

        Engine.Majority.Prove(Time.GetTimestamp(), 0);
        Assert.Equal(2ul, Publish(room, "after").Offset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_it_ordered_while_its_process_stood_still_beyond_the_lease_is_acknowledged_to_nobody(bool isNotice)
    {
        var text = new string('x', 600);
        var room = StandingStill(text, isNotice ? new Notify(Room, new SourceStopped(text, null)) : Publishing(text), TestActor);

        Assert.Equal(1ul, ExpectMsg<Published>().Position.Offset);
        Settle(room);

        Assert.All([HandedByTopic(), HandedByTopic()], handed => Assert.Equal([text], Texts(handed)));
        Engine.Majority.Prove(Time.GetTimestamp(), 0);
        Assert.Equal(isNotice ? 2ul : 3ul, Publish(room, "after").Offset);
    }

    [Fact]
    public void Where_it_stands_is_told_to_nobody_once_its_process_stood_still_beyond_the_lease()
    {
        StandingStill("x", new Listen(Room), _listener);

        Assert.Equal(NoMajority, _listener.ExpectMsg<Refused>().Reason);
    }

    [Fact]
    public void While_another_node_takes_nothing_publications_and_notices_are_refused_and_histories_are_not()
    {
        Options.MaxUntaken = 1_000;
        var room = Begin();
        Engine.Majority.HandOver(2_000);

        room.Tell(Publishing("x"), TestActor);
        Assert.Contains("fast enough", ExpectMsg<Refused>().Reason, StringComparison.Ordinal);
        room.Tell(new Notify(Room, new SourceStopped("x", null)), TestActor);
        Assert.Contains("fast enough", ExpectMsg<Refused>().Reason, StringComparison.Ordinal);
        Assert.Equal(0ul, Listen(room).Offset);

        Engine.Majority.Prove(long.MaxValue, 2_000);
        Assert.Equal(1ul, Publish(room, "x").Offset);
    }

    [Fact]
    public void What_is_handed_over_is_counted_in_bytes()
    {
        var room = Begin();

        Publish(room, new string('x', 1_000));
        HandedByTopic();

        AwaitCondition(() => Engine.Majority.HandedOver is > 1_000 and < 2_000);
    }

    [Fact]
    public void What_came_together_is_handed_over_together_up_to_256()
    {
        Hold();
        var room = Begin();
        for (var i = 1; i <= 300; i++)
        {
            room.Tell(Publishing($"{i}"), TestActor);
        }

        LetGo();

        var (first, second) = (HandedByTopic(), HandedByTopic());
        Assert.Equal(Enumerable.Range(1, 256).Select(i => $"{i}"), Texts(first));
        Assert.Equal(Enumerable.Range(257, 44).Select(i => $"{i}"), Texts(second));
        Assert.Equal((1, 2), (first.Number, second.Number));
        Assert.Equal(first.Epoch, second.Epoch);
        Assert.All([first, second], h => Assert.True(h.ByTopic));
    }

    [Theory]
    [InlineData(2 << 20, 27)]
    [InlineData(30_000, 2)]
    [InlineData(1_000, 1)]
    public void A_batch_has_256_KiB_at_most_and_fits_into_a_message_between_nodes(long message, int most)
    {
        Engine.MaxMessageBytes = message;
        Hold();
        var room = Begin();
        for (var i = 0; i < 60; i++)
        {
            room.Tell(Publishing(new string('x', 10_000)), TestActor);
        }

        LetGo();

        var counts = new List<int>();
        while (counts.Sum() < 60)
        {
            counts.Add(HandedByTopic().Items.Count);
        }

        Assert.Equal(most, counts[0]);
        Assert.All(counts, c => Assert.InRange(c, 1, most));
    }

    [Fact]
    public void Notices_keep_their_place_among_publications()
    {
        Hold();
        var room = Begin();
        room.Tell(Publishing("1"), TestActor);
        room.Tell(new Notify(Room, new SourceStopped("machine", null)), TestActor);
        room.Tell(Publishing("2"), TestActor);
        LetGo();

        ExpectMsg<Published>();
        ExpectMsg<Notified>();
        Assert.Equal(2ul, ExpectMsg<Published>().Position.Offset);
        Assert.Equal(["1", "machine", "2"], Texts(HandedByTopic()));
    }

    [Fact]
    public void Who_listens_is_handed_over_what_comes_after_its_position_and_nothing_else()
    {
        Hold();
        var room = Begin();
        room.Tell(Publishing("before"), TestActor);
        room.Tell(new Listen(Room), _listener);
        room.Tell(Publishing("after"), TestActor);
        LetGo();

        Assert.Equal(1ul, _listener.ExpectMsg<Listening>().Top.Offset);
        var directly = _listener.ExpectMsg<Handed>();
        Assert.Equal(["after"], Texts(directly));
        Assert.False(directly.ByTopic);
        Assert.Equal(["before"], Texts(HandedByTopic()));
        var byTopic = HandedByTopic();
        Assert.Equal((directly.Epoch, directly.Number), (byTopic.Epoch, byTopic.Number));
    }

    [Fact]
    public void Who_listens_is_told_directly_until_it_has_heard_the_topic_of_this_epoch()
    {
        var room = Begin();
        var epoch = Listen(room, _listener).Epoch;

        room.Tell(new Heard(Room, "another"), _listener);
        Publish(room, "1");
        Assert.Equal(["1"], Texts(_listener.ExpectMsg<Handed>()));
        room.Tell(new Heard(Room, epoch), _listener);
        Publish(room, "2");

        Assert.Equal(["1"], Texts(HandedByTopic()));
        Assert.Equal(["2"], Texts(HandedByTopic()));
        HasNothing(_listener);
    }

    [Fact]
    public void Who_listens_and_dies_is_told_nothing_more()
    {
        var room = Begin();
        var letters = DeadLetters();
        Listen(room, _listener);
        Sys.Stop(_listener);

        for (var round = 0; ; round++)
        {
            Assert.InRange(round, 0, 1_000);
            Publish(room, "x");
            HandedByTopic();
            Settle(room);
            Sys.DeadLetters.Tell(round, ActorRefs.NoSender);
            if (letters.ExpectMsg<Akka.Event.DeadLetter>().Message is int)
            {
                return;
            }

            letters.FishForMessage(m => m is Akka.Event.DeadLetter { Message: int });
        }
    }

    [Fact]
    public void After_a_fault_it_begins_a_new_epoch_and_all_who_listen_are_told()
    {
        var room = Begin();
        var before = Publish(room, "1");
        Assert.Equal(before, Listen(room, _listener));

        room.Tell(Kill.Instance, TestActor);

        Assert.Equal(Room, _listener.ExpectMsg<Moved>().Room);
        HandedByTopic();
        Assert.IsType<Moved>(Mediator.ExpectMsg<Topic.Publish>().Message);
        var after = Publish(room, "2");
        Assert.Equal(1ul, after.Offset);
        Assert.NotEqual(before.Epoch, after.Epoch);
        var handed = HandedByTopic();
        Assert.Equal((after.Epoch, 1), (handed.Epoch, handed.Number));
        Assert.Equal(["2"], Texts(Read(room)));
    }

    [Fact]
    public void What_was_acknowledged_is_handed_over_before_it_ends()
    {
        Hold();
        var room = Begin();
        room.Tell(Publishing("1"), TestActor);
        room.Tell(PoisonPill.Instance, TestActor);
        LetGo();

        Assert.Equal(1ul, ExpectMsg<Published>().Position.Offset);
        Assert.Equal(["1"], Texts(HandedByTopic()));
        Assert.IsType<Moved>(Mediator.ExpectMsg<Topic.Publish>().Message);
        Watch(room);
        ExpectTerminated(room);
        Assert.Equal(0, Engine.Histories.StreamCount);
    }

    [Theory]
    [InlineData(24 * 60)]
    [InlineData(1)]
    public void Unused_for_as_long_as_its_history_and_its_keys_last_it_ends(int minutes)
    {
        Rule.History.MaxAge = TimeSpan.FromMinutes(minutes);
        var room = Begin();
        Publish(room, "x");

        Time.Advance(TimeSpan.FromMinutes(Math.Max(5, minutes)));
        Assert.False(IsOverAfterLooking(room));
        Assert.Equal(1ul, Listen(room).Offset);
        Time.Advance(TimeSpan.FromMinutes(Math.Max(5, minutes)));
        Assert.False(IsOverAfterLooking(room));
        Time.Advance(TimeSpan.FromMinutes(1) + TimeSpan.FromTicks(1));

        Assert.True(IsOverAfterLooking(room));
    }

    [Fact]
    public void A_history_that_lasts_for_ever_keeps_its_room()
    {
        Rule.History.MaxAge = TimeSpan.MaxValue;
        var room = Begin();
        var before = Publish(room, "x");

        Time.Advance(TimeSpan.FromDays(1_000));

        Assert.False(IsOverAfterLooking(room));
        Assert.Equal(before with { Offset = 2 }, Publish(room, "y"));
    }

    [Fact]
    public void A_room_too_many_is_refused_with_the_reason_ends_soon_and_begins_once_there_is_a_place()
    {
        Memory.MaxRooms = 1;
        var kept = Begin();
        Publish(kept, "x");
        HandedByTopic();
        var other = Begin("other");

        other.Tell(Publishing("x"), TestActor);
        Assert.Contains("at most 1 rooms", ExpectMsg<Refused>().Reason, StringComparison.Ordinal);
        other.Tell(new Read("other", HistoryQuery.PositionOnly), TestActor);
        ExpectMsg<Refused>();
        Assert.True(IsOverAfterLooking(other));

        Watch(kept);
        kept.Tell(PoisonPill.Instance, TestActor);
        ExpectTerminated(kept);
        Assert.Equal(1ul, Publish(other, "x").Offset);
        Assert.False(IsOverAfterLooking(other));
    }

    [Fact]
    public void A_page_is_cut_to_what_fits_into_a_message_between_nodes()
    {
        Engine.MaxMessageBytes = 25_000;
        var room = Begin();
        for (var i = 0; i < 5; i++)
        {
            Publish(room, new string((char)('a' + i), 10_000));
        }

        var first = Read(room);
        var last = Read(room, new HistoryQuery(first.Top with { Offset = 4 }, -1));
        var newest = Read(room, new HistoryQuery(null, -1, Reverse: true));

        Assert.Equal([1ul, 2ul], first.Items.Select(i => i.Offset));
        Assert.Equal([5ul], last.Items.Select(i => i.Offset));
        Assert.Equal([5ul, 4ul], newest.Items.Select(i => i.Offset));
        Assert.Equal((true, false, true), (first.IsCut, last.IsCut, newest.IsCut));
        Assert.All([first, last, newest], p => Assert.Equal(5ul, p.Top.Offset));
    }

    [Fact]
    public void One_publication_that_is_larger_than_a_page_comes_alone()
    {
        var room = Begin();
        Publish(room, new string('a', 10_000));
        Publish(room, "b");
        Engine.MaxMessageBytes = 1_000;

        var page = Read(room);

        Assert.Equal([1ul], page.Items.Select(i => i.Offset));
        Assert.True(page.IsCut);
    }

    private IActorRef Begin(string room = Room) => _shard.ChildActorOf(RoomActor.Props(room, Engine), new OneForOneStrategy(Decider.From(Directive.Restart)));

    /// <summary>
    /// Is published to, and told something by which it hands that over at once: a publication or notice of which it does not fit into one message with the first, or a
    /// question where it stands. Between beginning with that and answering it stands still for longer than its lease.
    /// </summary>
    private IActorRef StandingStill(string first, object second, IActorRef teller)
    {
        Engine.MaxMessageBytes = 1_000;
        Engine.Majority.NoLongerAlone(Time.GetTimestamp());
        Engine.Majority.Explain(NoMajority);
        Engine.Mediator = new StallingRef(Mediator.Ref, () =>
        {
            Engine.Mediator = Mediator.Ref;
            Time.Advance(Options.Lease + TimeSpan.FromSeconds(1));
        });
        Hold();
        var room = Begin();
        room.Tell(Publishing(first), TestActor);
        room.Tell(second, teller);
        LetGo();
        return room;
    }

    private StreamPosition Publish(IActorRef room, string text)
    {
        room.Tell(Publishing(text), TestActor);
        return ExpectMsg<Published>().Position;
    }

    private StreamPosition Listen(IActorRef room, TestProbe? listener = null)
    {
        listener ??= CreateTestProbe();
        room.Tell(new Listen(Room), listener);
        return listener.ExpectMsg<Listening>().Top;
    }

    private Page Read(IActorRef room, HistoryQuery? query = null)
    {
        room.Tell(new Read(Room, query ?? new HistoryQuery(null, -1)), TestActor);
        return ExpectMsg<Page>();
    }

    /// <summary>Returns when it has done what it was told before.</summary>
    private void Settle(IActorRef room)
    {
        room.Tell(new Identify(room), TestActor);
        ExpectMsg<ActorIdentity>();
    }

    /// <summary>Whether it asks to be ended.</summary>
    private bool IsOverAfterLooking(IActorRef room)
    {
        room.Tell(RoomActor.LookAtUse.Instance, TestActor);
        Settle(room);
        _shard.Ref.Tell("looked", ActorRefs.NoSender);
        if (_shard.ExpectMsg<object>() is not Passivate passivate)
        {
            return false;
        }

        Assert.IsType<PoisonPill>(passivate.StopMessage);
        _shard.ExpectMsg("looked");
        return true;
    }

    private Handed HandedByTopic()
    {
        var published = Mediator.ExpectMsg<Topic.Publish>();
        Assert.Equal(Room, published.Topic);
        return Assert.IsType<Handed>(published.Message);
    }

    private static IEnumerable<string> Texts(Handed handed) =>
        handed.Items.Select(i => i.Payload is { } payload ? Text(payload.Publication) : Assert.IsType<SourceStopped>(i.Notice).Source);

    private static IEnumerable<string> Texts(Page page) => page.Items.Select(i => Text(i.Payload.Publication));
}
