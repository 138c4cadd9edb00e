using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Actors.Tests;

/// <summary>Each test has a cluster of its own on loopback, which begins with one node. Its files are the product's, with shorter times.</summary>
internal sealed class AkkaBackplaneUnderTest : BackplaneUnderTest
{
    /// <summary>What takes seconds with people would take minutes with tests.</summary>
    private const string Sooner = """

        akka.cluster {
          gossip-interval = 100 ms
          leader-actions-interval = 100 ms
          periodic-tasks-initial-delay = 100 ms
          sharding.retry-interval = 100 ms
          sharding.distributed-data.gossip-interval = 100 ms
          distributed-data.gossip-interval = 100 ms
          pub-sub.gossip-interval = 100 ms
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("broadcast-hocon-").FullName;
    private string? _first;

    public AkkaBackplaneUnderTest()
    {
        var files = Path.Combine(AppContext.BaseDirectory, "hocon");
        File.Copy(Path.Combine(files, "node.conf"), Path.Combine(_folder, "node.conf"));
        File.WriteAllText(Path.Combine(_folder, "cluster.conf"), File.ReadAllText(Path.Combine(files, "cluster.conf")) + Sooner);
    }

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
        var address = $"127.0.0.1:{FreePort().ToString(CultureInfo.InvariantCulture)}";
        _first ??= address;
        var options = new AkkaOptions { Address = address, Seeds = [_first], Folder = _folder };
        return ValueTask.FromResult(ActorEngine.Create(options, new LocalBackplaneOptions(), _ => Rule, Time!, NullLoggerFactory.Instance, _ => { }));
    }

    public override async ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        await base.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
