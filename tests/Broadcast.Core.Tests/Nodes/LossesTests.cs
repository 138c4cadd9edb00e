using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Broadcast.Core.Tests.Nodes;

/// <summary>Of the clients of a node that has gone without a word the others tell, each once.</summary>
public sealed class LossesTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<string> _told = new();
    private readonly List<ClusterNode> _nodes = [];
    private int _answers;
    private int _batches;

    [Fact, Trait("row", "S2.36")]
    public async Task Clients_of_a_killed_node_are_told_of_once_by_the_node_with_the_lowest_id()
    {
        await using var cluster = await ClusterAsync("a", "b", "c");
        Come(cluster, "b", "ann", null);
        Come(cluster, "a", "bob");
        await PassAsync(cluster, 2);
        cluster["b"].Backplane.IsCutOff = true;

        await PassAsync(cluster, 5);
        Assert.Empty(_told);
        await ToldAsync(cluster, 2);
        await PassAsync(cluster, 20);

        var teller = LowestOf(cluster, "a", "c");
        Assert.Equal([$"b-0 ann of b on {teller}", $"b-1  of b on {teller}"], _told.Order());
        Assert.Equal(1, cluster["c"].Cluster.Losses.RememberedCount);
        Assert.Contains(cluster[teller].Logger.Lines, l => l.Event.Id == 68 && l.Text.Contains("of 2 clients that were lost with node b", StringComparison.Ordinal));
    }

    [Fact, Trait("row", "S2.36")]
    public async Task Who_had_gone_before_and_who_was_on_a_node_that_stopped_is_not_told_of()
    {
        await using var cluster = await ClusterAsync("a", "b", "c");
        Come(cluster, "b", "ann", "bob");
        Come(cluster, "c", "eve");
        await PassAsync(cluster, 2);
        Assert.True(await cluster["b"].Cluster.Losses.EndAsync("b-0"));
        cluster["b"].Cluster.Losses.Went("b-0");
        await PassAsync(cluster, 1);
        Assert.Equal(2, cluster["a"].Cluster.Losses.RememberedCount);

        await cluster["c"].Cluster.StopAsync();
        cluster["c"].Backplane.IsCutOff = true;
        Assert.Equal(1, cluster["a"].Cluster.Losses.RememberedCount);
        cluster["b"].Backplane.IsCutOff = true;
        await ToldAsync(cluster, 1);
        await PassAsync(cluster, 20);

        Assert.Equal(["b-1 bob of b on a"], _told);
    }

    [Fact]
    public async Task A_node_that_comes_later_and_one_that_misses_something_ask_for_all()
    {
        await using var cluster = await ClusterAsync("a", "b");
        Come(cluster, "b", [.. Enumerable.Range(0, 2_000).Select(i => $"user {i}")]);
        await PassAsync(cluster, 2);
        Add(await cluster.AddAsync("late"));
        var lost = 0;
        cluster.Store.OnNotice = (_, notice) => IsBatch(notice) && Interlocked.Increment(ref lost) <= 3 ? NoticeFault.Lost : NoticeFault.None;
        Come(cluster, "b", from: 2_000, "missed");
        await PassAsync(cluster, 1);
        Assert.Equal(3, lost);

        // The node that says it hears it too, or would; the others learn by its heartbeats that something is missing.
        await UntilAsync(cluster, () => Both(2_001), "both know of all");
        Come(cluster, "b", from: 2_001, "next");
        await UntilAsync(cluster, () => Both(2_002), "both know of the next one");

        bool Both(int count) => cluster["a"].Cluster.Losses.RememberedCount == count && cluster["late"].Cluster.Losses.RememberedCount == count;
    }

    [Fact]
    public async Task Batches_that_come_twice_or_while_all_is_asked_for_count_once()
    {
        await using var cluster = await ClusterAsync("a", "b");
        cluster.Store.OnNotice = (_, _) => NoticeFault.Repeated;
        for (var i = 0; i < 30; i++)
        {
            Come(cluster, "b", from: i, $"user {i}");
            await PassAsync(cluster, 1);
        }

        await UntilAsync(cluster, () => cluster["a"].Cluster.Losses.RememberedCount == 30, "all are known");
        await PassAsync(cluster, 5);
        Assert.Equal(30, cluster["a"].Cluster.Losses.RememberedCount);
    }

    [Fact]
    public async Task No_more_are_remembered_than_may_be_and_the_others_are_counted()
    {
        await using var cluster = await ClusterAsync(new ClusterOptions { MaxRememberedClients = 2 }, "a", "b");
        var unremembered = 0L;
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => unremembered += count);
        listener.EnableMeasurementEvents(cluster["a"].Hub.Metrics.UnrememberedClients);
        Come(cluster, "b", "ann", "bob", "eve");
        await PassAsync(cluster, 2);
        Assert.Equal((2, 1L), (cluster["a"].Cluster.Losses.RememberedCount, unremembered));

        cluster["b"].Backplane.IsCutOff = true;
        await ToldAsync(cluster, 2);
        await UntilAsync(cluster, () => cluster["a"].Cluster.Losses.RememberedCount == 0, "all is told and forgotten");
        Assert.Equal(2, _told.Count);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(10, false)]
    public async Task Where_it_is_turned_off_or_there_is_nobody_to_tell_nodes_say_nothing_of_their_clients(int max, bool isWanted)
    {
        await using var cluster = await ClusterAsync(new ClusterOptions { MaxRememberedClients = max }, "a", "b");
        foreach (var name in (string[])["a", "b"])
        {
            cluster[name].Cluster.Losses.IsWanted = () => isWanted;
        }

        Come(cluster, "b", "ann");
        await PassAsync(cluster, 2);
        Assert.True(await cluster["b"].Cluster.Losses.EndAsync("b-0"));
        cluster["b"].Backplane.IsCutOff = true;
        await PassAsync(cluster, 20);

        Assert.Equal(0, _batches);
        Assert.Empty(_told);
    }

    [Fact, Trait("row", "S2.36")]
    public async Task A_node_that_was_taken_for_lost_and_comes_back_ends_those_clients_and_does_not_tell_of_them_again()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var b = cluster["b"];
        var (here, gone) = (b.Connect("ann"), b.Connect("bob"));
        cluster.Turn();
        b.Cluster.Losses.Came(here.Id, "ann");
        b.Cluster.Losses.Came(gone.Id, "bob");
        await PassAsync(cluster, 2);
        b.Backplane.IsCutOff = true;
        await ToldAsync(cluster, 2);
        await PassAsync(cluster, 10);

        // One goes before the node can know.
        var ending = b.Cluster.Losses.EndAsync(gone.Id);
        b.Backplane.IsCutOff = false;
        await PassAsync(cluster, 1);
        var late = b.Connect("eve");
        cluster.Turn();
        b.Cluster.Losses.Came(late.Id, "eve");
        Assert.False(await PassUntilAsync(cluster, ending));
        await cluster.UntilAsync(() => here.Ended is not null, "the other one is ended");

        Assert.Equal(Disconnect.NodeLost, here.Ended);
        Assert.Null(late.Ended);
        Assert.False(await b.Cluster.Losses.EndAsync(here.Id));
        Assert.Contains(b.Logger.Lines, l => l.Event.Id == 69);
        await PassAsync(cluster, 30);
        Assert.Equal(2, _told.Count);
        Assert.Equal(1, cluster["a"].Cluster.Losses.RememberedCount);

        b.Backplane.IsCutOff = true;
        await ToldAsync(cluster, 3);
        Assert.Equal($"{late.Id} eve of b on a", _told.Last());
        Assert.Equal(3, _told.Count);
    }

    [Fact]
    public async Task A_short_silence_loses_nobody_and_who_goes_meanwhile_is_told_of_by_the_own_node()
    {
        await using var cluster = await ClusterAsync("a", "b");
        Come(cluster, "b", "ann", "bob");
        await PassAsync(cluster, 2);
        cluster["b"].Backplane.IsCutOff = true;
        await PassAsync(cluster, 5);

        var ending = cluster["b"].Cluster.Losses.EndAsync("b-0");
        Assert.False(ending.IsCompleted);
        cluster["b"].Backplane.IsCutOff = false;

        Assert.True(await PassUntilAsync(cluster, ending));
        await PassAsync(cluster, 20);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task A_node_that_hears_nobody_tells_of_nobody_and_waits_before_it_tells_of_its_own()
    {
        await using var cluster = await ClusterAsync("a", "b", "c");
        Come(cluster, "a", "ann");
        Come(cluster, "b", "bob");
        Come(cluster, "c", "eve");
        await PassAsync(cluster, 2);
        cluster["a"].Backplane.IsCutOff = true;
        await ToldAsync(cluster, 1);
        await PassAsync(cluster, 20);

        var teller = LowestOf(cluster, "b", "c");
        Assert.Equal([$"a-0 ann of a on {teller}"], _told);

        // It cannot know, and waits; but not for ever.
        var ending = cluster["a"].Cluster.Losses.EndAsync("a-0");
        Assert.False(ending.IsCompleted);
        await PassAsync(cluster, 15);
        Assert.True(await cluster.AnswerAsync(ending));
    }

    [Fact, Trait("row", "S2.36")]
    public async Task If_the_node_that_tells_is_lost_too_the_next_one_begins_again()
    {
        await using var cluster = await ClusterAsync("a", "b", "c");
        var (first, second) = LowestOf(cluster, "a", "c") == "a" ? ("a", "c") : ("c", "a");
        var begun = new TaskCompletionSource();
        var never = new TaskCompletionSource();
        cluster[first].Cluster.Losses.Lost = async _ =>
        {
            begun.TrySetResult();
            await never.Task;
        };
        Come(cluster, "b", "ann");
        await PassAsync(cluster, 2);
        cluster["b"].Backplane.IsCutOff = true;
        await UntilAsync(cluster, () => begun.Task.IsCompleted, "the first one tells");
        Assert.Empty(_told);

        cluster[first].Backplane.IsCutOff = true;
        await ToldAsync(cluster, 1);

        Assert.Equal([$"b-0 ann of b on {second}"], _told);
        never.SetResult();
    }

    [Fact, Trait("row", "S2.36")]
    public async Task Nodes_that_do_not_agree_who_is_to_tell_tell_once()
    {
        await using var cluster = await ClusterAsync("a", "b", "c");
        Come(cluster, "b", "ann");
        Come(cluster, "c", "eve");
        await PassAsync(cluster, 2);

        // What the one with the lowest id says of itself comes too late to the other, which then claims the loss too.
        var (first, other) = LowestOf(cluster, "a", "b") == "a" ? ("a", "b") : ("b", "a");
        var both = false;
        cluster.Store.OnNotice = (_, notice) =>
            !both && LetterOf(notice) is { Claims: not null, Sender.Name: var sender } && sender == first ? NoticeFault.Lost : NoticeFault.None;
        cluster["c"].Backplane.IsCutOff = true;
        await UntilAsync(cluster, () => cluster[first].Cluster.Losses.Claims is not null, "the first one claims it");
        await UntilAsync(
            cluster,
            () =>
            {
                both |= cluster[other].Cluster.Losses.Claims is not null;
                return both;
            },
            "the other one claims it too");
        await ToldAsync(cluster, 1);
        await PassAsync(cluster, 40);

        Assert.StartsWith("c-0 eve of c on ", Assert.Single(_told), StringComparison.Ordinal);
        Assert.Null(cluster["a"].Cluster.Losses.Claims);
        Assert.Null(cluster["b"].Cluster.Losses.Claims);
    }

    private static string LowestOf(TestCluster cluster, params string[] names) => names.MinBy(n => cluster[n].Cluster.Self.Id, StringComparer.Ordinal)!;

    private static bool IsBatch(Notice notice) =>
        LetterOf(notice) is { Kind: LetterKind.Clients, Body: { } body } && body.GetProperty("pages").GetInt32() == 0;

    private static string? KindOf(Notice notice) => LetterOf(notice)?.Kind;

    private static NodeLetter? LetterOf(Notice notice) =>
        notice is NodeMessage message && NodeLetter.TryRead(message.Body.Span, out var letter, out _) ? letter : null;

    private static void Come(TestCluster cluster, string node, params string?[] users) => Come(cluster, node, 0, users);

    private static void Come(TestCluster cluster, string node, int from, params string?[] users)
    {
        foreach (var user in users)
        {
            cluster[node].Cluster.Losses.Came($"{node}-{from++}", user);
        }
    }

    private Task<TestCluster> ClusterAsync(params string[] names) => ClusterAsync(new ClusterOptions(), names);

    private async Task<TestCluster> ClusterAsync(ClusterOptions options, params string[] names)
    {
        var cluster = new TestCluster { Options = options };
        cluster.Store.OnHeard = (_, notice) =>
        {
            Interlocked.Add(ref _batches, IsBatch(notice) ? 1 : 0);
            Interlocked.Add(ref _answers, KindOf(notice) == LetterKind.Answer ? 1 : 0);
        };
        foreach (var name in names)
        {
            Add(await cluster.AddAsync(name));
        }

        await PassAsync(cluster, 10);
        return cluster;
    }

    private void Add(ClusterNode node)
    {
        _nodes.Add(node);
        node.Cluster.Losses.IsWanted = () => true;
        node.Cluster.Losses.Lost = lost =>
        {
            _told.Enqueue($"{lost.Id} {lost.User} of {lost.Node} on {node.Name}");
            return Task.CompletedTask;
        };
    }

    private Task ToldAsync(TestCluster cluster, int count) => UntilAsync(cluster, () => _told.Count >= count, $"{count} are told of");

    private async Task UntilAsync(TestCluster cluster, Func<bool> done, string what)
    {
        for (var second = 0; second < 30 && !done(); second++)
        {
            await PassAsync(cluster, 1);
        }

        await cluster.UntilAsync(done, what);
    }

    private async Task<T> PassUntilAsync<T>(TestCluster cluster, Task<T> task)
    {
        for (var second = 0; second < 60 && !task.IsCompleted; second++)
        {
            await PassAsync(cluster, 1);
        }

        return await cluster.AnswerAsync(task);
    }

    /// <summary>What timers set off goes on elsewhere: between steps everybody has time to say and hear what they will.</summary>
    private async Task PassAsync(TestCluster cluster, int seconds)
    {
        for (var step = 0; step < seconds * 4; step++)
        {
            cluster.Pass(s_second / 4);
            var live = _nodes.Where(n => !n.Backplane.IsCutOff).ToArray();
            for (var round = 0; round < 3; round++)
            {
                var expected = Volatile.Read(ref _answers) + live.Length - 1;
                var call = live[0].Cluster.Clients.CountAsync("nobody");
                await cluster.UntilAsync(() => call.IsCompleted || Volatile.Read(ref _answers) >= expected, "those who are there answer");
            }
        }
    }
}
