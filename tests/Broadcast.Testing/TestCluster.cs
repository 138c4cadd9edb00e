using System.Diagnostics;

namespace Broadcast.Testing;

/// <summary>Several nodes without threads, with one clock and one store. One caller at a time.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<ClusterNode> _nodes = [];
    private readonly RoomRule _rule;

    public TestCluster(RoomRule? rule = null)
    {
        _rule = rule ?? new RoomRule();
        Store = new SharedStore(room => Mailboxes.RuleOf(room) ?? _rule, Time);
    }

    public ManualTime Time { get; } = new();

    public SharedStore Store { get; }

    /// <summary>Of nodes that are added from now on.</summary>
    public ClusterOptions Options { get; set; } = new();

    /// <summary>Of all nodes; set before they are added.</summary>
    public MailboxOptions Mailboxes { get; init; } = new();

    /// <inheritdoc cref="Mailboxes"/>
    public SessionOptions Sessions { get; init; } = new() { Indexed = ["plan"] };

    /// <summary>Nodes of one cluster that know each other.</summary>
    public static Task<TestCluster> OfAsync(params string[] names) => WithAsync(new MailboxOptions(), names);

    /// <inheritdoc cref="OfAsync"/>
    public static async Task<TestCluster> WithAsync(MailboxOptions mailboxes, params string[] names)
    {
        var cluster = new TestCluster { Mailboxes = mailboxes };
        foreach (var name in names)
        {
            await cluster.AddAsync(name);
        }

        cluster.Pass(cluster.Options.Heartbeat * 1.3);
        return cluster;
    }

    public IEnumerable<string> Names => _nodes.Select(n => n.Name);

    public ClusterNode this[string name] => _nodes.Single(n => n.Name == name);

    public async Task<ClusterNode> AddAsync(string name)
    {
        var node = new ClusterNode(name, Store.Join(), _rule, Time, Options, Mailboxes, Sessions);
        _nodes.Add(node);
        await node.Cluster.StartAsync();
        return node;
    }

    /// <summary>Turns all loops of all nodes until none has anything to do.</summary>
    public void Turn()
    {
        while (_nodes.Exists(n => n.HasWork))
        {
            _nodes.ForEach(n => n.Turn());
        }
    }

    /// <summary>Moves the clock in steps of a tenth of a second, and turns the loops after each.</summary>
    public void Pass(TimeSpan time)
    {
        for (var step = TimeSpan.FromMilliseconds(100); time > TimeSpan.Zero; time -= step)
        {
            Time.Advance(time < step ? time : step);
            Turn();
        }
    }

    /// <summary>
    /// The same, but what timers set off goes on elsewhere: after each quarter of a second the clock waits until the threads of the pool have done what there was
    /// to do, as far as that can be seen, and every node has answered all it was asked, so that nobody is taken for silent because its thread had no turn.
    /// </summary>
    public async Task PassAsync(TimeSpan time)
    {
        for (var step = TimeSpan.FromSeconds(0.25); time > TimeSpan.Zero; time -= step)
        {
            Pass(time < step ? time : step);
            await OthersFirstAsync();
            for (var round = 0; round < 3; round++)
            {
                // Behind what waits already. Task.Run would overtake what this thread has set off, each time.
                await Task.Yield();
                await UntilAsync(() => _nodes.TrueForAll(n => n.Backplane.Unanswered == 0), "all who are asked answer");
            }
        }
    }

    /// <summary>Lets time pass, as <see cref="PassAsync"/> does, until it is so.</summary>
    public async Task PassUntilAsync(Func<bool> done, string what)
    {
        var began = Stopwatch.GetTimestamp();
        for (Turn(); !done(); await PassAsync(TimeSpan.FromSeconds(0.25)))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"Waited in vain: {what}");
        }
    }

    /// <summary>Turns the loops until it is so; the clock stands still.</summary>
    public async Task UntilAsync(Func<bool> done, string what)
    {
        var began = Stopwatch.GetTimestamp();
        for (Turn(); !done(); Turn())
        {
            await Task.Yield();
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"Waited in vain: {what}");
        }
    }

    /// <summary>Turns the loops until the call has its answer; the clock stands still.</summary>
    public async Task<T> AnswerAsync<T>(Task<T> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        await UntilAsync(() => call.IsCompleted, "the answer to a call");
        return await call;
    }

    /// <summary>
    /// Waits until nothing waits for a thread of the pool and none is at work but the caller's; a moment only, since other tests may keep them busy.
    /// </summary>
    private static async Task OthersFirstAsync()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        for (var wait = 0; wait < 3; wait++)
        {
            await Task.Yield();
            ThreadPool.GetAvailableThreads(out var free, out _);
            if (ThreadPool.PendingWorkItemCount == 0 && most - free <= 1)
            {
                return;
            }

            await Task.Delay(1);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await Store.DisposeAsync();
    }
}
