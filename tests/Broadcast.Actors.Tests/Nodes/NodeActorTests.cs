using Akka.Actor;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Remote;

namespace Broadcast.Actors.Tests;

public sealed class NodeActorTests : ClusterOfOne
{
    private readonly Listener _hub = new();

    [Fact]
    public void It_has_the_actors_that_others_talk_to()
    {
        var parts = Parts(Sys.ActorOf(NodeActor.Props(EngineOf()), NodeActor.Name));

        Assert.Equal("/user/node/majority", parts.Majority.Path.ToStringWithoutAddress());
        Assert.Equal("/user/node/listeners", parts.Listeners.Path.ToStringWithoutAddress());
    }

    [Fact]
    public void Many_rooms_that_move_are_one_reason_to_compare_positions()
    {
        using var going = new SemaphoreSlim(0);
        var compared = CreateTestProbe();
        var engine = EngineOf();
        engine.WhenLost = () =>
        {
            compared.Ref.Tell("compared", ActorRefs.NoSender);
            going.Wait();
        };
        var node = Sys.ActorOf(NodeActor.Props(engine), NodeActor.Name);
        node.Tell(new Moved("0"), ActorRefs.NoSender);
        compared.ExpectMsg("compared");

        // They come while it is busy, and so together.
        for (var i = 1; i < 100; i++)
        {
            node.Tell(new Moved($"{i}"), ActorRefs.NoSender);
        }

        going.Release(1_000);
        compared.ExpectMsg("compared");
        Parts(node);

        compared.Ref.Tell("end", ActorRefs.NoSender);
        compared.ExpectMsg("end");
    }

    [Fact]
    public void A_node_that_went_is_a_reason_to_compare_positions()
    {
        var engine = EngineOf();
        engine.WhenLost = () => TestActor.Tell("compared", ActorRefs.NoSender);
        Sys.ActorOf(NodeActor.Props(engine), NodeActor.Name);
        var other = Joining();
        AwaitCondition(() => Akka.Cluster.Cluster.Get(Sys).State.Members.Count(m => m.Status == Akka.Cluster.MemberStatus.Up) == 2, Patience);

        Akka.Cluster.Cluster.Get(other).Leave(AddressOf(other));

        ExpectMsg("compared");
    }

    [Fact]
    public void Messages_to_nobody_are_counted()
    {
        var engine = EngineOf();
        using var counted = new CountOf(engine.Counts.DeadLetters);
        Parts(Sys.ActorOf(NodeActor.Props(engine), NodeActor.Name));

        Sys.DeadLetters.Tell("hello", ActorRefs.NoSender);

        AwaitCondition(() => counted.Value > 0, Patience);
    }

    [Fact]
    public void Others_that_take_nothing_any_more_mean_that_it_was_put_out_and_that_is_told_once()
    {
        var engine = EngineOf(reason => TestActor.Tell(reason, ActorRefs.NoSender));
        var node = Sys.ActorOf(NodeActor.Props(engine), NodeActor.Name);
        Parts(node);
        var other = Address.Parse("akka.tcp://test@127.0.0.1:1");
        foreach (var _ in Enumerable.Range(0, 3))
        {
            Sys.EventStream.Publish(new ThisActorSystemQuarantinedEvent(AddressOf(Sys), other));
        }

        Assert.Contains("127.0.0.1:1", ExpectMsg<string>(), StringComparison.Ordinal);
        Parts(node);
        Assert.Contains("put it out", engine.Majority.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_the_cluster_removes_refuses_for_good_and_says_that_it_was_put_out()
    {
        var putOut = new TaskCompletionSource<string>();
        var engine = EngineOf(putOut.SetResult);
        Parts(Sys.ActorOf(NodeActor.Props(engine), NodeActor.Name));
        await engine.Majority.First.WaitAsync(Patience);

        Akka.Cluster.Cluster.Get(Sys).Down(AddressOf(Sys));

        Assert.Contains("put this one out", await putOut.Task.WaitAsync(Patience), StringComparison.Ordinal);
        Assert.Contains("put this one out", engine.Majority.Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_fault_of_its_own_its_children_are_the_same_and_know_who_listens()
    {
        var (engine, mediator) = (EngineOf(), CreateTestProbe());
        engine.Mediator = mediator;
        engine.WhenLost = () => throw new InvalidOperationException("A fault of the hub.");
        var node = Sys.ActorOf(NodeActor.Props(engine), NodeActor.Name);
        var before = Parts(node);
        before.Listeners.Tell(new ListenersActor.Open("!letters", _hub.In("!letters")), TestActor);
        var listener = mediator.ExpectMsg<Subscribe>().Ref;

        using (var counted = new CountOf(engine.Counts.DeadLetters))
        {
            node.Tell(new Moved("news"), ActorRefs.NoSender);
            Sys.EventStream.Subscribe(TestActor, typeof(Akka.Event.DeadLetter));
            AwaitCondition(
                () =>
                {
                    Sys.DeadLetters.Tell("hello", ActorRefs.NoSender);
                    return counted.Value > 0;
                },
                Patience);
        }

        Assert.Equal(before, Parts(node));
        listener.Tell(new Letter("!letters", new NodeMessage("{}"u8.ToArray())), TestActor);
        await _hub.UntilAsync("!letters", 1);
    }

    [Fact]
    public async Task A_child_goes_on_after_a_fault_with_what_it_knows()
    {
        var (engine, mediator) = (EngineOf(), CreateTestProbe());
        engine.Mediator = mediator;
        var parts = Parts(Sys.ActorOf(NodeActor.Props(engine), NodeActor.Name));
        parts.Listeners.Tell(new ListenersActor.Open("!letters", _hub.In("!letters")), TestActor);
        var subscribe = mediator.ExpectMsg<Subscribe>();

        parts.Listeners.Tell(Kill.Instance, TestActor);
        subscribe.Ref.Tell(new Letter("!letters", new NodeMessage("{}"u8.ToArray())), TestActor);
        await _hub.UntilAsync("!letters", 1);
        parts.Listeners.Tell(new ListenersActor.Close("!letters"), TestActor);

        Assert.Equal(subscribe.Ref, mediator.ExpectMsg<Unsubscribe>().Ref);
    }

    private NodeActor.Parts Parts(IActorRef node)
    {
        var asking = CreateTestProbe();
        node.Tell(NodeActor.AskForParts.Instance, asking);
        return asking.ExpectMsg<NodeActor.Parts>();
    }
}
