using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Actors.Tests;

/// <summary>An actor system that is a cluster of its own on loopback, and others that may join it. Nobody is put out; the clock of leases stands still.</summary>
public abstract class ClusterOfOne : TestKit
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<ActorSystem> _others = [];

    protected ClusterOfOne()
        : base(Hocon)
    {
        Akka.Cluster.Cluster.Get(Sys).Join(Akka.Cluster.Cluster.Get(Sys).SelfAddress);
    }

    protected ManualTime Time { get; } = new();

    protected AkkaOptions Options { get; } = new();

    private static Config Hocon => ConfigurationFactory.ParseString($$"""
        {{HoconFolder.Of("node.conf")}}
        {{HoconFolder.Of("cluster.conf")}}
        {{HoconFolder.Sooner}}
        akka {
          loggers = ["Akka.TestKit.TestEventListener, Akka.TestKit"]
          loglevel = OFF
          remote.dot-netty.tcp.port = 0
          cluster.downing-provider-class = ""
          cluster.run-coordinated-shutdown-when-down = off
          test { single-expect-default = 60 s, default-timeout = 60 s }
        }
        """);

    /// <summary>A system that has not joined.</summary>
    protected ActorSystem NewSystem()
    {
        var system = ActorSystem.Create(Sys.Name, Sys.Settings.Config);
        _others.Add(system);
        return system;
    }

    /// <summary>A system that joins.</summary>
    protected ActorSystem Joining()
    {
        var system = NewSystem();
        Join(system);
        return system;
    }

    protected void Join(ActorSystem system) => Akka.Cluster.Cluster.Get(system).Join(AddressOf(Sys));

    protected static Address AddressOf(ActorSystem system) => Akka.Cluster.Cluster.Get(system).SelfAddress;

    private protected Engine EngineOf(Action<string>? putOut = null) =>
        new(Options, new LocalBackplaneOptions(), _ => new RoomRule(), Time, NullLoggerFactory.Instance, putOut ?? (_ => { }));

    protected override void AfterAll()
    {
        foreach (var system in _others)
        {
            Shutdown(system, Patience, verifySystemShutdown: true);
        }

        base.AfterAll();
    }
}
