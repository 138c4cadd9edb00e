using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Actors.Tests;

public sealed class EngineTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_port_in_use_is_named_in_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var folder = new HoconFolder();

        var sentence = await RefusedStartAsync(folder, Ports.AddressOf(taken));

        Assert.StartsWith($"The node cannot join a cluster at {Ports.AddressOf(taken)}: ", sentence, StringComparison.Ordinal);
        Assert.True(sentence.Contains("in use", StringComparison.Ordinal), sentence);
    }

    [Theory]
    [InlineData("akka.actor.provider = nonsense", "")]
    [InlineData("akka.remote.dot-netty.tcp.maximum-frame-size = much", "")]
    [InlineData("", "akka.cluster.downing-provider-class = \"No.Such, Thing\"")]
    [InlineData("", "akka.cluster.sharding.state-store-mode = nowhere")]
    [InlineData("", "broadcast.shards = many")]
    public async Task A_value_in_a_file_that_is_no_good_ends_the_start_with_one_sentence(string node, string cluster)
    {
        using var folder = new HoconFolder(node, cluster);
        var address = Ports.FreeAddress();

        var sentence = await RefusedStartAsync(folder, address);

        Assert.StartsWith($"The node cannot join a cluster at {address}: ", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
    }

    [Fact]
    public async Task A_node_whose_seeds_are_not_there_begins_to_serve_refuses_and_ends_quickly()
    {
        using var folder = new HoconFolder(cluster: HoconFolder.Sooner);
        var logger = new RecordingLogger();
        var options = new AkkaOptions { Address = Ports.FreeAddress(), Seeds = [Ports.FreeAddress()], Folder = folder.Name, JoinTimeout = TimeSpan.FromMilliseconds(100) };
        var engine = Engine(options, logger);

        engine.Start(() => { });

        Assert.Contains(logger.Lines, l => l.Text.Contains($"Its seeds are akka.tcp://broadcast@{options.Seeds[0]}", StringComparison.Ordinal));
        Assert.NotNull(engine.Majority.Refusal);
        await engine.DisposeAsync().AsTask().WaitAsync(s_patience);
        Assert.True(SystemOf(engine).WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task The_first_of_several_seeds_begins_no_cluster_by_itself_and_does_with_a_second_one()
    {
        using var folder = new HoconFolder(cluster: HoconFolder.Sooner + "\nakka.cluster.seed-node-timeout = 1 s");
        string[] seeds = [Ports.FreeAddress(), Ports.FreeAddress(), Ports.FreeAddress()];
        var first = Engine(new AkkaOptions { Address = seeds[0], Seeds = seeds, Folder = folder.Name, JoinTimeout = TimeSpan.Zero });
        var second = Engine(new AkkaOptions { Address = seeds[1], Seeds = seeds, Folder = folder.Name, JoinTimeout = s_patience });
        first.Start(() => { });
        var cluster = Akka.Cluster.Cluster.Get(SystemOf(first));
        var joining = new TaskCompletionSource();
        cluster.Subscribe(
            SystemOf(first).ActorOf(Props.Create(() => new Told(joining))), Akka.Cluster.ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(Akka.Cluster.ClusterEvent.MemberJoined));
        await joining.Task.WaitAsync(s_patience);
        Assert.NotNull(first.Majority.Refusal);

        second.Start(() => { });

        await Task.WhenAll(first.Majority.First, second.Majority.First).WaitAsync(s_patience);
        await second.DisposeAsync();
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Its_end_leaves_no_actor_system_and_no_letters_to_nobody()
    {
        using var folder = new HoconFolder(cluster: HoconFolder.Sooner);
        var putOut = false;
        var options = new AkkaOptions { Address = Ports.FreeAddress(), Folder = folder.Name, JoinTimeout = s_patience, Timeout = s_patience };
        var engine = Engine(options, putOut: _ => putOut = true);
        using var letters = new CountOf(engine.Counts.DeadLetters);
        var backplane = new AkkaBackplane(engine);
        backplane.Start(() => { });
        var listener = new Listener();
        await backplane.SubscribeAsync("news", listener.In("news"), CancellationToken.None);
        for (var i = 0; i < 10; i++)
        {
            Assert.True((await backplane.PublishAsync("news", Publication.Text($"{i}"), null, CancellationToken.None)).IsAccepted);
        }

        await listener.UntilAsync("news", 10);
        await backplane.UnsubscribeAsync("news", CancellationToken.None);
        await backplane.DisposeAsync().AsTask().WaitAsync(s_patience);

        Assert.True(SystemOf(engine).WhenTerminated.IsCompletedSuccessfully);
        Assert.Equal(0, letters.Value);
        Assert.False(putOut);
    }

    [Fact]
    public async Task Actors_that_end_by_themselves_end_the_node()
    {
        using var folder = new HoconFolder(cluster: HoconFolder.Sooner);
        var putOut = new TaskCompletionSource<string>();
        var engine = Engine(new AkkaOptions { Address = Ports.FreeAddress(), Folder = folder.Name, JoinTimeout = s_patience, Timeout = s_patience }, putOut: putOut.SetResult);
        engine.Start(() => { });

        await SystemOf(engine).Terminate();

        Assert.NotEmpty(await putOut.Task.WaitAsync(s_patience));
        Assert.NotNull(engine.Majority.Refusal);
        await engine.DisposeAsync();
    }

    internal static ActorSystem SystemOf(Engine engine) => ((ActorRefWithCell)engine.Listeners).Underlying.System;

    private static Engine Engine(AkkaOptions options, RecordingLogger? logger = null, Action<string>? putOut = null) =>
        new(options, new LocalBackplaneOptions(), _ => new RoomRule(), TimeProvider.System, logger is null ? NullLoggerFactory.Instance : new LoggersOf(logger), putOut ?? (_ => { }));

    private static async Task<string> RefusedStartAsync(HoconFolder folder, string address)
    {
        var engine = Engine(new AkkaOptions { Address = address, Folder = folder.Name, JoinTimeout = s_patience, Timeout = s_patience });
        var refusal = Assert.Throws<BackplaneException>(() => engine.Start(() => { }));
        await engine.DisposeAsync().AsTask().WaitAsync(s_patience);
        return refusal.Message;
    }

    private sealed class Told(TaskCompletionSource by) : UntypedActor
    {
        protected override void OnReceive(object message) => by.TrySetResult();
    }

    private sealed class LoggersOf(RecordingLogger logger) : Microsoft.Extensions.Logging.ILoggerFactory
    {
        public void AddProvider(Microsoft.Extensions.Logging.ILoggerProvider provider)
        {
        }

        public Microsoft.Extensions.Logging.ILogger CreateLogger(string categoryName) => logger;

        public void Dispose()
        {
        }
    }
}
