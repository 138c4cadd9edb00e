using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Actors.Tests;

/// <summary>Three nodes in one process, of which one ends without a word.</summary>
public sealed class KilledOwnerTests : IAsyncLifetime, IDisposable
{
    private const string Room = "news";

    /// <summary>Shorter than the product's, and long enough for a busy machine.</summary>
    private const string Sooner = """

        akka.cluster {
          failure-detector { heartbeat-interval = 500 ms, acceptable-heartbeat-pause = 10 s }
          split-brain-resolver.stable-after = 10 s
          sharding.rebalance-interval = 1 h
        }
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly HoconFolder _folder = new(cluster: HoconFolder.Sooner + Sooner);
    private readonly List<NodeOfThree> _nodes = [];

    public Task InitializeAsync()
    {
        string[] seeds = [Ports.FreeAddress(), Ports.FreeAddress(), Ports.FreeAddress()];
        foreach (var address in seeds)
        {
            _nodes.Add(new NodeOfThree(new AkkaOptions { Address = address, Seeds = seeds, Folder = _folder.Name, JoinTimeout = s_patience, Timeout = TimeSpan.FromSeconds(20), Lease = TimeSpan.FromSeconds(2) }));
        }

        return Task.WhenAll(_nodes.Select(n => Task.Run(n.Start)));
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.Backplane.DisposeAsync();
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task When_an_owner_is_killed_another_begins_a_new_epoch_and_the_others_nodes_are_told()
    {
        var before = (await PublishAsync(_nodes[0])).Position;
        var owner = Assert.Single(_nodes, n => n.Engine.Histories.StreamCount > 0);
        var others = _nodes.Where(n => n != owner).ToArray();
        foreach (var node in others)
        {
            Assert.Equal(before, await node.Backplane.SubscribeAsync(Room, node.Hub.In(Room), CancellationToken.None));
        }

        ((ExtendedActorSystem)EngineTests.SystemOf(owner.Engine)).Abort();

        await Task.WhenAll(others.Select(n => n.MayHaveLost)).WaitAsync(s_patience);
        var after = (await PublishAsync(others[0])).Position;
        Assert.NotEqual(before.Epoch, after.Epoch);
        foreach (var node in others)
        {
            Assert.Equal(after.Epoch, (await node.Backplane.ReadAsync(Room, HistoryQuery.PositionOnly, CancellationToken.None)).Top.Epoch);
            await node.Hub.UntilAsync(all => all.Any(h => h.Position == after));
        }
    }

    /// <summary>Again and again, as long as its outcome is unknown or there is no majority.</summary>
    private static async Task<PublishResult> PublishAsync(NodeOfThree node)
    {
        var begun = TimeProvider.System.GetTimestamp();
        PublishResult result;
        do
        {
            result = await node.Backplane.PublishAsync(Room, Publication.Text("x"), "key", CancellationToken.None);
        }
        while (!result.IsAccepted && TimeProvider.System.GetElapsedTime(begun) < s_patience);

        Assert.True(result.IsAccepted, result.Reason);
        return result;
    }

    private sealed class NodeOfThree
    {
        private readonly TaskCompletionSource _mayHaveLost = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public NodeOfThree(AkkaOptions options)
        {
            Engine = new Engine(options, new LocalBackplaneOptions(), _ => new RoomRule(), TimeProvider.System, NullLoggerFactory.Instance, _ => { });
            Backplane = new AkkaBackplane(Engine);
        }

        public Engine Engine { get; }

        public AkkaBackplane Backplane { get; }

        public Listener Hub { get; } = new();

        /// <summary>When rooms were told to compare positions.</summary>
        public Task MayHaveLost => _mayHaveLost.Task;

        public void Start() => Backplane.Start(() => _mayHaveLost.TrySetResult());
    }
}
