using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.PublishSubscribe;
using Akka.Configuration;
using Akka.Hosting.Logging;
using Microsoft.Extensions.Logging;

namespace Broadcast.Actors;

/// <summary>The actor system of a node, and what its actors share. Any thread may call it.</summary>
internal sealed class Engine : IAsyncDisposable
{
    /// <summary>A room in which only nodes talk has no owner, since nothing is published to it: where it stands is always this.</summary>
    public static readonly StreamPosition NoPosition = new("letters", 0);

    /// <summary>How long leaving the cluster in an orderly way may take.</summary>
    private static readonly TimeSpan s_leaving = TimeSpan.FromSeconds(20);

    private readonly Config _config;
    private readonly ILoggerFactory _loggers;
    private readonly Action<string> _putOut;
    private readonly CancellationTokenSource _ended = new();
    private ActorSystem? _system;
    private IActorRef? _majority;
    private int _isOut;

    /// <param name="putOut">Called with the reason when the cluster has put this node out, so that the process ends and is started again.</param>
    /// <exception cref="BackplaneException">What the files in <c>hocon/</c> or the settings say is no good.</exception>
    public Engine(AkkaOptions options, LocalBackplaneOptions memory, Func<string, RoomRule> rules, TimeProvider time, ILoggerFactory loggers, Action<string> putOut)
    {
        (Options, Rules, Time, _loggers, _putOut) = (options, rules, time, loggers, putOut);
        _config = EngineConfig.Read(options);
        Logger = loggers.CreateLogger("Broadcast.Actors");
        Ended = _ended.Token;
        Histories = new LocalBackplane(memory, rules, time);
        Majority = new Majority(options, time);
        Counts = new Counts(() => Members, () => Majority.Untaken);
    }

    public AkkaOptions Options { get; }

    public Func<string, RoomRule> Rules { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    /// <summary>Of the rooms that this node owns.</summary>
    public LocalBackplane Histories { get; }

    public Majority Majority { get; }

    public Counts Counts { get; }

    /// <summary>Leads to the owner of each room.</summary>
    public IActorRef Owners { get; internal set; } = ActorRefs.Nobody;

    /// <summary>Pub-sub: leads to all nodes that listen to a topic.</summary>
    public IActorRef Mediator { get; internal set; } = ActorRefs.Nobody;

    /// <summary>Has a listener for each room that this node has members of.</summary>
    public IActorRef Listeners { get; internal set; } = ActorRefs.Nobody;

    /// <summary>Has an actor for each source of this node.</summary>
    public IActorRef Sources { get; private set; } = ActorRefs.Nobody;

    /// <summary>Bytes that one message between nodes may have, so that there is space for what is around it.</summary>
    public long MaxMessageBytes { get; internal set; }

    /// <summary>What <see cref="MayHaveLost"/> calls.</summary>
    public Action WhenLost { get; internal set; } = () => { };

    /// <summary>What writes to this node's clients; set before <see cref="Start"/>, or there are none.</summary>
    public SupervisedLoops? Loops { get; set; }

    public bool IsStopping { get; private set; }

    /// <summary>Nothing that is still asked will be answered.</summary>
    public CancellationToken Ended { get; }

    private int Members => _system is { } system ? Akka.Cluster.Cluster.Get(system).State.Members.Count : 0;

    /// <summary>Rooms of clients have, and those of mailboxes; those in which nodes talk have not.</summary>
    public static bool HasOwner(string room) => RoomName.Refusal(room) is null || Mailbox.Has(room);

    /// <summary>Starts the actors and joins the cluster. Returns when the node is a member and counts as one of a majority, or when that takes too long.</summary>
    /// <exception cref="BackplaneException">It cannot listen where it was told to, or a value in a file is no good.</exception>
    public void Start(Action mayHaveLost)
    {
        WhenLost = mayHaveLost;
        Histories.Start(() => { });
        try
        {
            _system = ActorSystem.Create(EngineConfig.SystemName, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(_config), new LoggerFactorySetup(_loggers)));
            StartActors(_system);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var tcp = _config.GetConfig("akka.remote.dot-netty.tcp");
            throw new BackplaneException($"The node cannot join a cluster at {tcp?.GetString("hostname")}:{tcp?.GetString("port")}: {Cause(e)}", e);
        }

        _ = EndWithAsync(_system);
        var cluster = Akka.Cluster.Cluster.Get(_system);
        var seeds = cluster.Settings.SeedNodes;
        if (seeds.IsEmpty)
        {
            cluster.Join(cluster.SelfAddress);
        }

        if (Majority.First.Wait(Options.JoinTimeout))
        {
            Log.HasJoined(Logger, cluster.SelfAddress.ToString(), Members);
        }
        else
        {
            Log.NotJoined(Logger, Options.JoinTimeout.TotalSeconds, string.Join(", ", seeds));
        }
    }

    /// <summary>Rooms compare their positions with their owners'.</summary>
    public void MayHaveLost() => WhenLost();

    /// <summary>Asks the other nodes sooner than it is due.</summary>
    public void AskOthers() => _majority?.Tell(MajorityActor.Ask.Instance);

    /// <summary>The cluster goes on without this node. What comes after the first time is no news.</summary>
    public void PutOut(string reason)
    {
        if (Interlocked.Exchange(ref _isOut, 1) != 0)
        {
            return;
        }

        Majority.End(reason);
        if (!IsStopping)
        {
            Log.PutOut(Logger, reason);
            _putOut(reason);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (IsStopping)
        {
            return;
        }

        IsStopping = true;
        if (_system is { } system)
        {
            await LeaveAsync(system);
        }

        Majority.End("The node stops.");
        await _ended.CancelAsync();
        await Histories.DisposeAsync();
        _ended.Dispose();
        Counts.Dispose();
    }

    /// <summary>Without its actors a node is of no use, whatever ended them, and whether or not one of them could still say so.</summary>
    private async Task EndWithAsync(ActorSystem system)
    {
        await system.WhenTerminated;
        PutOut("Its actors have ended.");
    }

    /// <summary>Its rooms go to other owners first; where there is nobody to leave them to, that would only take its time.</summary>
    private async Task LeaveAsync(ActorSystem system)
    {
        if (Members > 1)
        {
            Task leaving = CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
            await leaving.WaitAsync(s_leaving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await system.Terminate().WaitAsync(s_leaving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>In one line; what stands around it are words of layers.</summary>
    private static string Cause(Exception e) => e.InnerException is { } inner ? Cause(inner) : e.Message.ReplaceLineEndings(" ");

    private void StartActors(ActorSystem system)
    {
        MaxMessageBytes = (system.Settings.Config.GetByteSize("akka.remote.dot-netty.tcp.maximum-frame-size") ?? (128 << 10)) / 2;
        Mediator = DistributedPubSub.Get(system).Mediator;
        var node = system.ActorOf(NodeActor.Props(this), NodeActor.Name);
        (_majority, Listeners, Sources) = node.Ask<NodeActor.Parts>(NodeActor.AskForParts.Instance, Options.Timeout).GetAwaiter().GetResult();
        Owners = ClusterSharding.Get(system).Start(
            "rooms", room => RoomActor.Props(room, this), ClusterShardingSettings.Create(system), new RoomsOfShards(system.Settings.Config.GetInt("broadcast.shards", 100)));
    }

    private sealed class RoomsOfShards(int shards) : HashCodeMessageExtractor(shards)
    {
        public override string? EntityId(object message) => (message as IOwnerMessage)?.Room;
    }
}
