using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Broadcast.Actors;

/// <summary>One hub of a tree, with the branches or consumers that hang on it. What changes is guarded by the tree's lock.</summary>
internal sealed class HubNode
{
    /// <summary>How far consumers of one hub may be apart. A power of two.</summary>
    private const int Spread = 64;

    private readonly IMaterializer _materializer;

    /// <param name="level">0: consumers hang on it; else hubs of the level below.</param>
    /// <param name="intake">How many elements may wait for the hub.</param>
    public HubNode(int level, int intake, IMaterializer materializer)
    {
        (Level, _materializer) = (level, materializer);
        Intake = new Intake(intake);
        Out = Source.FromGraph(Intake).RunWith(BroadcastHub.Sink<object>(Spread), materializer);
    }

    public int Level { get; }

    public Intake Intake { get; }

    /// <summary>What it publishes; may be materialised by any thread.</summary>
    public Source<object, NotUsed> Out { get; }

    public List<HubNode> Branches { get; } = [];

    public HubNode? Upper { get; private set; }

    /// <summary>All below it, at whatever level.</summary>
    public int Consumers { get; set; }

    /// <summary>Completes when it gets all that the tree is fed from then on; also when it was closed.</summary>
    public Task Fed { get; set; } = Task.CompletedTask;

    private TaskCompletionSource? Linked { get; set; }

    private UniqueKillSwitch? Switch { get; set; }

    /// <summary>Hangs itself under another hub.</summary>
    /// <returns>Completes when it gets all that the other publishes from then on, or was closed.</returns>
    public Task LinkTo(HubNode upper)
    {
        Upper = upper;
        upper.Branches.Add(this);
        Linked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Switch = upper.Out
            .ViaMaterialized(KillSwitches.Single<object>(), Keep.Right)
            .To(Sink.FromGraph(new Link(upper.Intake, Intake, Linked)))
            .Run(_materializer);
        return Linked.Task;
    }

    /// <summary>Ends it; nobody hangs on it any more. Not under the tree's lock.</summary>
    public void Close()
    {
        Switch?.Shutdown();
        Intake.Cancel();
        Linked?.TrySetResult();
    }
}
