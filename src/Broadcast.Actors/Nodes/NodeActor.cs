using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using Microsoft.Extensions.Logging;

namespace Broadcast.Actors;

/// <summary>
/// This node, as an actor: the parent of those that belong to it and to no room of the cluster. It sees nodes come and go, and tells when this one
/// has been put out of the cluster.
/// </summary>
internal sealed class NodeActor : UntypedActor, IWithTimers
{
    public const string Name = "node";

    /// <summary>Reasons to compare positions that come together are one.</summary>
    private static readonly TimeSpan s_together = TimeSpan.FromMilliseconds(200);

    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Engine _engine;
    private Parts? _parts;

    public NodeActor(Engine engine) => _engine = engine;

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(Engine engine) => Akka.Actor.Props.Create(() => new NodeActor(engine));

    protected override void PreStart()
    {
        _parts = new Parts(
            Context.ActorOf(MajorityActor.Props(_engine.Majority, _engine.Options, _engine.Time), MajorityActor.Name),
            Context.ActorOf(ListenersActor.Props(_engine), ListenersActor.Name),
            Context.ActorOf(SourcesActor.Props(), SourcesActor.Name));
        if (_engine.Loops is { } loops)
        {
            Context.ActorOf(ConnectionsActor.Props(loops), ConnectionsActor.Name);
        }

        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent));
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        Context.System.EventStream.Subscribe(Self, typeof(Akka.Event.DeadLetter));
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        Context.System.EventStream.Unsubscribe(Self);
    }

    /// <summary>Each of them goes on after a fault with what it knows, such as who listens; what it was doing is lost, and done again at the next tick or comparison.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new FaultsAreSurvived().Create();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberRemoved removed when removed.Member.UniqueAddress == _cluster.SelfUniqueAddress:
                _engine.PutOut("The other nodes have put this one out of the cluster: they could not reach it.");
                break;
            case ThisActorSystemQuarantinedEvent quarantined:
                _engine.PutOut($"The node at {quarantined.RemoteAddress} takes nothing from this one any more: the cluster has put it out.");
                break;
            case ClusterEvent.MemberUp up:
                Log.MemberCame(_engine.Logger, up.Member.Address.ToString());
                break;
            case ClusterEvent.MemberRemoved removed:
                Log.MemberWent(_engine.Logger, removed.Member.Address.ToString());
                CompareSoon();
                break;
            case Moved:
                CompareSoon();
                break;
            case Compare:
                _engine.MayHaveLost();
                break;
            case AskForParts:
                Sender.Tell(_parts!);
                break;
            case Akka.Event.DeadLetter:
                _engine.Counts.DeadLetters.Add(1);
                break;
        }
    }

    /// <summary>What those who have gone owned is owned by others once they are asked; this asks them.</summary>
    private void CompareSoon()
    {
        if (!Timers.IsTimerActive(nameof(Compare)))
        {
            Timers.StartSingleTimer(nameof(Compare), Compare.Instance, s_together);
        }
    }

    /// <summary>Those of its children that others talk to.</summary>
    internal sealed record Parts(IActorRef Majority, IActorRef Listeners, IActorRef Sources);

    /// <summary>Answered by <see cref="Parts"/>.</summary>
    internal sealed class AskForParts
    {
        public static readonly AskForParts Instance = new();
    }

    private sealed class Compare
    {
        public static readonly Compare Instance = new();
    }
}
