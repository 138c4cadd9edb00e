using System.Diagnostics;
using System.Text;

namespace Broadcast.Testing;

/// <summary>What nodes keep for users who are away, on a real backplane. Its own test class inherits this and says how to make one.</summary>
public abstract class MailboxContract(BackplaneUnderTest subject) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(100);

    /// <summary>No node is lost here, however long one has no turn.</summary>
    private static readonly ClusterOptions s_patient = new() { GoneAfter = TimeSpan.FromMinutes(10), CallTimeout = TimeSpan.FromMinutes(1) };

    /// <summary>No room could be named after this one.</summary>
    private static readonly string s_user = string.Concat(Enumerable.Repeat("Ann Ünal *\n", 100));

    private readonly List<(Hub Hub, Cluster Cluster)> _nodes = [];
    private readonly RecordingLogger _logger = new();

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await StopAsync(node);
        }

        await subject.DisposeAsync();
    }

    [Fact, Trait("row", "S4.21")]
    public async Task What_is_kept_for_a_user_comes_once_and_in_order_also_from_the_next_node_or_process()
    {
        var node = await StartAsync(await subject.CreateAsync());
        foreach (var text in new[] { "one", "two", "three" })
        {
            Assert.Equal(new MailResult(MailOutcome.Kept, 0, null), await AnswerAsync(node.Cluster.Mailboxes.SendAsync(s_user, Encoding.UTF8.GetBytes(text), ContentKind.Text)));
        }

        if (subject.SpansNodes)
        {
            node = await StartAsync(await subject.JoinAsync());
        }
        else if (subject.SurvivesRestart)
        {
            await StopAsync(node);
            node = await StartAsync(await subject.ReopenAsync(keepData: true));
        }

        var first = Connect(node, s_user);
        await UntilAsync(() => Told(first).Length == 3, "everything comes");
        await RestAsync();
        var second = Connect(node, s_user);
        await UntilAsync(() => second.Connection.IsGreeted, "the client is in");
        await RestAsync();

        Assert.Equal(["one", "two", "three"], Told(first));
        Assert.Empty(Told(second));
    }

    [Fact, Trait("row", "S4.21")]
    public async Task Of_connections_that_come_at_the_same_moment_exactly_one_gets_what_was_kept()
    {
        var nodes = new List<(Hub Hub, Cluster Cluster)> { await StartAsync(await subject.CreateAsync()) };
        if (subject.SpansNodes)
        {
            nodes.Add(await StartAsync(await subject.JoinAsync()));
            await UntilAsync(() => nodes.TrueForAll(n => n.Cluster.Nodes.Count == 2), "the nodes know each other");
        }

        for (var round = 0; round < 5; round++)
        {
            var user = $"user {round}";
            await AnswerAsync(nodes[0].Cluster.Mailboxes.SendAsync(user, "one"u8.ToArray(), ContentKind.Text));
            await AnswerAsync(nodes[0].Cluster.Mailboxes.SendAsync(user, "two"u8.ToArray(), ContentKind.Text));

            var clients = nodes.SelectMany(n => Enumerable.Range(0, 3).Select(_ => Connect(n, user))).ToArray();
            await UntilAsync(() => Array.TrueForAll(clients, c => c.Connection.IsGreeted) && clients.Any(c => Told(c).Length == 2), "somebody gets it");
            await RestAsync();

            Assert.Equal(["one", "two"], Assert.Single(clients.Select(Told), told => told.Length > 0));
        }
    }

    private static string[] Told(TestClient client) => [.. client.Frames.Where(f => f.Kind == "reply").Select(f => f.Text)];

    private static TestClient Connect((Hub Hub, Cluster Cluster) node, string user)
    {
        Assert.True(node.Hub.TryReserve());
        var transport = new FakeTransport();
        var client = new TestClient(node.Hub.Connect(transport, TestDialect.Full, user), transport);
        client.Join("news");
        return client;
    }

    private async Task<(Hub Hub, Cluster Cluster)> StartAsync(IBackplane backplane)
    {
        var options = new HubOptions { EventLoops = 1, Mailboxes = new MailboxOptions { Enabled = true } };
        var hub = new Hub(options, backplane, _ => subject.Rule, subject.Time ?? TimeProvider.System, _logger, threads: false);
        var cluster = new Cluster(hub, "node", s_patient, _logger);
        _nodes.Add((hub, cluster));
        await AcceptingAsync(hub);
        await cluster.StartAsync();
        return (hub, cluster);
    }

    /// <summary>A node of a cluster takes nothing before it is in.</summary>
    private async Task AcceptingAsync(Hub hub)
    {
        for (var began = Stopwatch.GetTimestamp(); !(await AnswerAsync(hub.PublishAsync("ready", Publication.Text("?")).AsTask())).IsAccepted;)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, "Waited in vain: the node accepts publications");
            await Task.Delay(20);
        }
    }

    private static async Task StopAsync((Hub Hub, Cluster Cluster) node)
    {
        await node.Cluster.DisposeAsync();
        await node.Hub.DisposeAsync();
    }

    private Task RestAsync() => UntilAsync(() => _nodes.TrueForAll(n => n.Cluster.Mailboxes.Running == 0), "no mailbox is looked into");

    private async Task<T> AnswerAsync<T>(Task<T> call)
    {
        await UntilAsync(() => call.IsCompleted, "the answer to a call");
        return await call;
    }

    /// <summary>Turns the loops until it is so. A clock that a test moves goes as fast as the real one: nodes find each other by heartbeats.</summary>
    private async Task UntilAsync(Func<bool> done, string what)
    {
        var began = Stopwatch.GetTimestamp();
        var passed = TimeSpan.Zero;
        for (Turn(); !done(); Turn())
        {
            await Task.Yield();
            var now = Stopwatch.GetElapsedTime(began);
            Assert.True(now < Patience, $"Waited in vain: {what}");
            if (now - passed >= s_step)
            {
                // Not by all that has passed: who was held up for seconds would find a lease over, or a node gone, that had no turn.
                subject.Time?.Advance(now - passed < s_longest ? now - passed : s_longest);
                passed = now;
            }
        }
    }

    private void Turn()
    {
        foreach (var loop in _nodes.SelectMany(n => n.Hub.Loops))
        {
            while (loop.Turn())
            {
            }
        }
    }
}
