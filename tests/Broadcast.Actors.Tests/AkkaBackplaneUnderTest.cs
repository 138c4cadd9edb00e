using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Actors.Tests;

/// <summary>Each test has a cluster of its own on loopback, which begins with one node. Its files are the product's, with shorter times.</summary>
internal sealed class AkkaBackplaneUnderTest : BackplaneUnderTest
{
    /// <summary>Nobody is killed here; who does not get the processor for seconds is not. No room is moved in the middle of a test.</summary>
    private const string Patient = """

        akka.cluster.failure-detector.acceptable-heartbeat-pause = 60 s
        akka.cluster.sharding.rebalance-interval = 1 h
        """;

    private readonly HoconFolder _folder = new(cluster: HoconFolder.Sooner + Patient);
    private string? _first;

    public override ManualTime? Time { get; } = new();

    public override bool SurvivesRestart => false;

    public override bool SpansNodes => true;

    public override int Rounds => 20;

    /// <summary>The first one made begins a cluster.</summary>
    public override ValueTask<IBackplane> CreateAsync()
    {
        _first = null;
        return JoinAsync();
    }

    public override ValueTask<IBackplane> ReopenAsync(bool keepData) => CreateAsync();

    public override ValueTask<IBackplane> JoinAsync()
    {
        var address = Ports.FreeAddress();
        _first ??= address;
        var options = new AkkaOptions { Address = address, Seeds = [_first], Folder = _folder.Name, JoinTimeout = TimeSpan.FromMinutes(1), Timeout = TimeSpan.FromMinutes(1) };
        return ValueTask.FromResult(ActorEngine.Create(options, new LocalBackplaneOptions(), _ => Rule, Time!, NullLoggerFactory.Instance, _ => { }));
    }

    public override async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await base.DisposeAsync();
    }
}
