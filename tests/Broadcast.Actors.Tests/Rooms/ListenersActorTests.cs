using Akka.Actor;
using Akka.TestKit;
using Topic = Akka.Cluster.Tools.PublishSubscribe;

namespace Broadcast.Actors.Tests;

public sealed class ListenersActorTests : WithoutCluster
{
    private static readonly StreamPosition s_top = new("e", 3);

    private readonly Listener _hub = new();
    private readonly TestProbe _node;
    private readonly IActorRef _listeners;

    public ListenersActorTests()
    {
        _node = CreateTestProbe();
        Sys.ActorOf(Relay.Props(_node), NodeActor.Name);
        _listeners = Sys.ActorOf(ListenersActor.Props(Engine));
    }

    [Fact]
    public void It_subscribes_to_the_topic_before_it_asks_the_owner_for_the_position()
    {
        var subscribe = Opening(_hub.In(Room));
        Assert.Equal(Room, subscribe.Topic);
        HasNothing(Owners);

        Mediator.Reply(new Topic.SubscribeAck(subscribe));
        Owners.ExpectMsg<Listen>();
        Owners.Reply(new Listening(s_top));

        Assert.Equal(s_top, ExpectMsg<Listening>().Top);
        Assert.Equal(subscribe.Ref, Owners.LastSender);
    }

    [Fact]
    public async Task What_comes_both_ways_is_given_to_the_hub_once_and_in_order()
    {
        var listener = Opened();
        listener.Tell(Batch("e", 1, false, "4", "5"), TestActor);
        listener.Tell(Batch("e", 1, true, "4", "5"), TestActor);
        listener.Tell(Batch("e", 2, true, "6"), TestActor);
        listener.Tell(Batch("e", 2, false, "6"), TestActor);
        listener.Tell(Batch("f", 1, true, "1"), TestActor);
        listener.Tell(Batch("f", 2, true, "2"), TestActor);

        await _hub.UntilAsync(all => all.Any(h => h.Position == new StreamPosition("f", 2)));

        Assert.Equal(["e 4", "e 5", "e 6", "f 1", "f 2"], _hub.Of(Room).Select(h => $"{h.Position.Epoch} {Text(h.Publication!)}"));
    }

    [Fact]
    public void The_owner_of_each_epoch_is_told_once_that_its_topic_is_heard()
    {
        var listener = Opened();
        listener.Tell(Batch("e", 1, false, "4"), TestActor);
        listener.Tell(Batch("e", 1, true, "4"), TestActor);
        listener.Tell(Batch("e", 2, true, "5"), TestActor);
        listener.Tell(Batch("f", 1, false, "1"), TestActor);
        listener.Tell(Batch("f", 1, true, "1"), TestActor);

        Assert.Equal(new Heard(Room, "e"), Owners.ExpectMsg<Heard>());
        Assert.Equal(listener, Owners.LastSender);
        Assert.Equal(new Heard(Room, "f"), Owners.ExpectMsg<Heard>());
        Close(listener);
        HasNothing(Owners);
    }

    [Fact]
    public async Task Notices_are_given_in_their_place()
    {
        var listener = Opened();
        listener.Tell(new Handed(Room, "e", 1, [new HandedItem(4, Payload("4"), null), new HandedItem(0, null, new SourceStopped("machine", null)), new HandedItem(5, Payload("5"), null)], true), TestActor);

        await _hub.UntilAsync(Room, 3);

        Assert.Equal(["4", "machine", "5"], _hub.Of(Room).Select(h => h.Notice is SourceStopped s ? s.Source : Text(h.Publication!)));
    }

    [Fact]
    public async Task Letters_come_to_rooms_without_an_owner_and_nobody_is_asked_for_their_position()
    {
        const string Nodes = "!nodes";
        var subscribe = Opening(_hub.In(Nodes), Nodes);
        Mediator.Reply(new Topic.SubscribeAck(subscribe));
        Assert.Equal(Engine.NoPosition, ExpectMsg<Listening>().Top);

        subscribe.Ref.Tell(new Letter(Nodes, new NodeMessage("{}"u8.ToArray())), TestActor);
        await _hub.UntilAsync(Nodes, 1);

        Assert.IsType<NodeMessage>(Assert.Single(_hub.Of(Nodes)).Notice);
        HasNothing(Owners);
    }

    [Fact]
    public void A_refusal_of_the_owner_is_passed_on()
    {
        var subscribe = Opening(_hub.In(Room));
        Mediator.Reply(new Topic.SubscribeAck(subscribe));
        Owners.ExpectMsg<Listen>();
        Owners.Reply(new Refused("No."));
        Assert.Equal("No.", ExpectMsg<Refused>().Reason);
    }

    [Fact]
    public async Task Opened_twice_it_is_the_same_and_hands_over_to_the_later_one()
    {
        var listener = Opened();
        var later = new Listener();
        _listeners.Tell(new ListenersActor.Open(Room, later.In(Room)), TestActor);
        Owners.ExpectMsg<Listen>();
        Assert.Equal(listener, Owners.LastSender);
        Owners.Reply(new Listening(s_top));
        ExpectMsg<Listening>();

        listener.Tell(Batch("e", 1, true, "4"), TestActor);
        await later.UntilAsync(Room, 1);

        Assert.Empty(_hub.All);
        HasNothing(Mediator);
    }

    [Fact]
    public void Closed_it_unsubscribes_says_so_and_ends_without_a_letter_to_nobody()
    {
        var letters = DeadLetters();
        var listener = Opened();

        Close(listener);

        ExpectMsg<ListenersActor.Closed>();
        HasNothing(letters);
        Assert.Empty(_hub.All);
    }

    [Fact]
    public void Closed_by_nobody_or_without_having_been_open_it_is_all_the_same()
    {
        var letters = DeadLetters();
        var listener = Opened();
        Close(listener, ActorRefs.NoSender);
        _listeners.Tell(new ListenersActor.Close(Room), ActorRefs.NoSender);
        _listeners.Tell(new ListenersActor.Close(Room), TestActor);
        ExpectMsg<ListenersActor.Closed>();
        HasNothing(letters);
    }

    [Fact]
    public void Closed_while_it_opens_it_ends_and_who_asked_gets_no_late_answer()
    {
        var letters = DeadLetters();
        var subscribe = Opening(_hub.In(Room));
        Mediator.Reply(new Topic.SubscribeAck(subscribe));
        Owners.ExpectMsg<Listen>();
        _listeners.Tell(new ListenersActor.Close(Room), ActorRefs.NoSender);
        var unsubscribe = Mediator.ExpectMsg<Topic.Unsubscribe>();
        Owners.Reply(new Listening(s_top));
        Mediator.Reply(new Topic.UnsubscribeAck(unsubscribe));
        Watch(subscribe.Ref);
        ExpectTerminated(subscribe.Ref);
        HasNothing(letters);
    }

    [Fact]
    public async Task Opened_again_while_the_last_one_says_goodbye_it_is_another_one()
    {
        var listener = Opened();
        _listeners.Tell(new ListenersActor.Close(Room), TestActor);
        var unsubscribe = Mediator.ExpectMsg<Topic.Unsubscribe>();
        var again = new Listener();
        var next = Opened(again.In(Room));
        Assert.NotEqual(listener, next);

        listener.Tell(new Topic.UnsubscribeAck(unsubscribe), Mediator);
        ExpectMsg<ListenersActor.Closed>();
        next.Tell(Batch("e", 1, true, "4"), TestActor);

        await again.UntilAsync(Room, 1);
        Assert.Empty(_hub.All);
    }

    [Fact]
    public async Task After_a_fault_of_the_hub_it_goes_on_with_what_comes_next()
    {
        var listener = Opened(new FirstFails(_hub.In(Room)));
        listener.Tell(Batch("e", 1, true, "4"), TestActor);
        listener.Tell(Batch("e", 2, true, "5"), TestActor);

        await _hub.UntilAsync(Room, 1);

        Assert.Equal(["5"], _hub.Of(Room).Select(h => Text(h.Publication!)));
        Close(listener);
        ExpectMsg<ListenersActor.Closed>();
    }

    [Fact]
    public void When_the_owner_moves_the_node_is_told_and_the_next_owner_that_it_listens()
    {
        var listener = Opened();

        listener.Tell(new Moved(Room), TestActor);

        Assert.Equal(Room, _node.ExpectMsg<Moved>().Room);
        Assert.Equal(Room, Owners.ExpectMsg<Listen>().Room);
        Assert.Equal(listener, Owners.LastSender);
    }

    private Topic.Subscribe Opening(IHandOver receiver, string room = Room)
    {
        _listeners.Tell(new ListenersActor.Open(room, receiver), TestActor);
        return Mediator.ExpectMsg<Topic.Subscribe>();
    }

    private IActorRef Opened(IHandOver? receiver = null)
    {
        var subscribe = Opening(receiver ?? _hub.In(Room));
        Mediator.Reply(new Topic.SubscribeAck(subscribe));
        Owners.ExpectMsg<Listen>();
        Owners.Reply(new Listening(s_top));
        ExpectMsg<Listening>();
        return subscribe.Ref;
    }

    private void Close(IActorRef listener, IActorRef? by = null)
    {
        var watcher = CreateTestProbe();
        watcher.Watch(listener);
        _listeners.Tell(new ListenersActor.Close(Room), by ?? TestActor);
        var unsubscribe = Mediator.ExpectMsg<Topic.Unsubscribe>();
        Assert.Equal((Room, listener), (unsubscribe.Topic, unsubscribe.Ref));
        Mediator.Reply(new Topic.UnsubscribeAck(unsubscribe));
        watcher.ExpectTerminated(listener);
    }

    private static Handed Batch(string epoch, long number, bool byTopic, params string[] texts) =>
        new(Room, epoch, number, [.. texts.Select(t => new HandedItem(ulong.Parse(t, System.Globalization.CultureInfo.InvariantCulture), Payload(t), null))], byTopic);

    /// <summary>A room that takes the first publication badly.</summary>
    private sealed class FirstFails(IHandOver then) : IHandOver
    {
        private bool _hasFailed;

        public void HandOver(StreamPosition position, Publication publication)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                throw new InvalidOperationException("A fault of the hub.");
            }

            then.HandOver(position, publication);
        }

        public void HandOver(Notice notice) => then.HandOver(notice);
    }

    private static Payload Payload(string text) => new(Protocol.Publication.Text(text));
}
