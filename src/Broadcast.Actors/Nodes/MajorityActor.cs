using Akka.Actor;
using Akka.Cluster;

namespace Broadcast.Actors;

/// <summary>
/// Asks the other members twice a second whether they count this node among those they reach, and tells <see cref="Majority"/> what follows. Whoever answers has not
/// begun to take its rooms away; see docs/actors.md for why that makes it safe to order for a while.
/// </summary>
internal sealed class MajorityActor : UntypedActor, IWithTimers
{
    public const string Name = "majority";

    /// <summary>How often the others are asked.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    private readonly Votes<Address> _votes = new();
    private readonly Majority _majority;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lease;
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    public MajorityActor(Majority majority, AkkaOptions options, TimeProvider time)
    {
        (_majority, _time, _lease) = (majority, time, options.Lease);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(Majority majority, AkkaOptions options, TimeProvider time) => Akka.Actor.Props.Create(() => new MajorityActor(majority, options, time));

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Timers.StartPeriodicTimer(nameof(Ask), Ask.Instance, TimeSpan.Zero, s_interval);
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Ask:
                AskOthers();
                Judge();
                break;
            case Ping ping when IsReached(Sender.Path.Address):
                Sender.Tell(new Pong(ping.Number));
                break;
            case Pong pong:
                _votes.Answered(Sender.Path.Address, pong.Number);
                Judge();
                break;
            case ClusterEvent.IClusterDomainEvent:
                Judge();
                break;
        }
    }

    private static bool IsVoter(Member member) => member.Status is MemberStatus.Up or MemberStatus.Leaving;

    /// <summary>Whether nobody here has begun to doubt that node.</summary>
    private bool IsReached(Address node)
    {
        var state = _cluster.State;
        return state.Members.Any(m => m.Address == node && IsVoter(m)) && !state.Unreachable.Any(m => m.Address == node);
    }

    private void AskOthers()
    {
        var ping = new Ping(_votes.Send(_time.GetTimestamp(), _majority.HandedOver));
        foreach (var other in Others())
        {
            Context.ActorSelection(new RootActorPath(other) / "user" / NodeActor.Name / Name).Tell(ping);
        }
    }

    private void Judge()
    {
        var voters = _cluster.State.Members.Where(IsVoter).ToArray();
        if (!voters.Any(m => m.UniqueAddress == _cluster.SelfUniqueAddress))
        {
            _majority.Explain("This node is no member of the cluster, or not yet.");
            return;
        }

        var others = Others();
        var now = _time.GetTimestamp();
        _votes.Keep(others);

        // As the split-brain resolver does it: of two halves the one with the lowest address stays.
        var first = voters.Select(m => m.Address).Min(Member.AddressOrdering)!;
        if (_votes.Proved(others, first == _cluster.SelfAddress ? null : first, now) is { } at)
        {
            _majority.Prove(at, _votes.Taken(others, _majority.HandedOver));
        }
        else
        {
            _majority.NoLongerAlone(now);
        }

        var reached = 1 + _votes.Count(others, now - _time.TicksOf(_lease));
        _majority.Explain($"This node reaches {reached} of {voters.Length} nodes, itself included, which is no majority.");
    }

    private Address[] Others() => [.. _cluster.State.Members.Where(m => IsVoter(m) && m.UniqueAddress != _cluster.SelfUniqueAddress).Select(m => m.Address)];

    /// <summary>It is time to ask the others; also sent by who hands over much.</summary>
    internal sealed class Ask
    {
        public static readonly Ask Instance = new();
    }
}
