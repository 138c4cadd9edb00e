using Akka.Actor;
using Akka.Cluster;
using Akka.TestKit;

namespace Broadcast.Actors.Tests;

public sealed class MajorityActorTests : ClusterOfOne
{
    private readonly Majority _majority;

    public MajorityActorTests()
    {
        _majority = BeginOn(Sys);
    }

    [Fact]
    public async Task A_node_alone_may_order_as_soon_as_it_is_a_member() => await _majority.First.WaitAsync(Patience);

    [Fact]
    public async Task Of_two_the_one_with_the_lowest_address_goes_on_without_the_other()
    {
        var (first, other) = await TwoAsync();

        await other.System.Terminate();
        Time.Advance(TimeSpan.FromDays(1));

        AwaitCondition(() => first.Majority.Refusal is null, Patience);
    }

    [Fact]
    public async Task Of_two_the_other_one_refuses_after_its_lease_and_says_how_many_it_reaches()
    {
        var (first, other) = await TwoAsync();

        await first.System.Terminate();

        // Again and again, since it may learn only now that it is not alone, and has a lease from then on.
        AwaitAssert(
            () =>
            {
                Time.Advance(Options.Lease + TimeSpan.FromSeconds(1));
                Assert.Equal("This node reaches 1 of 2 nodes, itself included, which is no majority.", other.Majority.Refusal);
            },
            Patience);
    }

    [Fact]
    public async Task What_others_have_taken_is_found_out_by_asking()
    {
        await TwoAsync();

        _majority.HandOver(1_000);
        AwaitCondition(() => _majority.Untaken == 0, Patience);
    }

    [Fact]
    public async Task Only_nodes_that_it_counts_among_those_it_reaches_get_an_answer()
    {
        await _majority.First.WaitAsync(Patience);
        var stranger = NewSystem();
        using var kit = new TestKitOf(stranger);
        var majority = stranger.ActorSelection(new RootActorPath(AddressOf(Sys)) / "user" / NodeActor.Name / MajorityActor.Name);
        majority.Tell(new Ping(1), kit.TestActor);
        majority.Tell(new Identify(null), kit.TestActor);
        kit.ExpectMsg<ActorIdentity>();

        Join(stranger);
        AwaitCondition(() => IsMember(stranger), Patience);
        majority.Tell(new Ping(2), kit.TestActor);

        Assert.Equal(2, kit.ExpectMsg<Pong>().Number);
    }

    private bool IsMember(ActorSystem system) => Akka.Cluster.Cluster.Get(Sys).State.Members.Any(m => m.Address == AddressOf(system) && m.Status == MemberStatus.Up);

    /// <summary>Two nodes that both may order; the one with the lowest address first.</summary>
    private async Task<((ActorSystem System, Majority Majority) First, (ActorSystem System, Majority Majority) Other)> TwoAsync()
    {
        var system = Joining();
        var majority = BeginOn(system);
        await _majority.First.WaitAsync(Patience);
        await majority.First.WaitAsync(Patience);
        AwaitCondition(() => IsMember(system), Patience);
        var (one, another) = ((Sys, _majority), (system, majority));
        return Member.AddressOrdering.Compare(AddressOf(Sys), AddressOf(system)) < 0 ? (one, another) : (another, one);
    }

    private Majority BeginOn(ActorSystem system)
    {
        var engine = EngineOf();
        system.ActorOf(NodeActor.Props(engine), NodeActor.Name);
        return engine.Majority;
    }

    /// <summary>Somebody in another system.</summary>
    private sealed class TestKitOf(ActorSystem system) : Akka.TestKit.Xunit2.TestKit(system)
    {
        /// <summary>Its system is ended by who made it.</summary>
        protected override void AfterAll()
        {
        }
    }
}
