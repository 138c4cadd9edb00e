using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Broadcast.Core.Tests.Nodes;

/// <summary>Of the clients of a node that has gone without a word the others tell, each once.</summary>
public sealed class LossesTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<string> _told = new();
    private int _batches;
    private int _losses;

    [Fact, Trait("row", "S2.36")]
    public async Task Clients_of_a_killed_node_are_told_of_once_by_the_node_with_the_lowest_id()
    {
        await using var cluster = await ClusterAsync("a", "b", "c");
        Come(cluster, "b", "ann", null);
        Come(cluster, "a", "bob");
        await KnownAsync(cluster, 3);
        cluster["b"].Backplane.IsCutOff = true;

        await cluster.PassAsync(s_second * 5);
        Assert.Empty(_told);
        await ToldAsync(cluster, 2);
        await cluster.PassAsync(s_second * 20);
        await KnownAsync(cluster, 1);

        var teller = LowestOf(cluster, "a", "c");
        Assert.Equal([$"b-0 ann of b on {teller}", $"b-1  of b on {teller}"], _told.Order());
        Assert.Contains(cluster[teller].Logger.Lines, l => l.Event.Id == 68 && l.Text.Contains("of 2 clients that were lost with node b", StringComparison.Ordinal));
    }

    [Fact, Trait("row", "S2.36")]
    public async Task Who_had_gone_before_and_who_was_on_a_node_that_stopped_is_not_told_of()
    {
        await using var cluster = await ClusterAsync("a", "b", "c");
        Come(cluster, "b", "ann", "bob");
        Come(cluster, "c", "eve");
        await KnownAsync(cluster, 3);
        Assert.True(await cluster["b"].Cluster.Losses.EndAsync("b-0"));
        cluster["b"].Cluster.Losses.Went("b-0");
        await KnownAsync(cluster, 2);
        Assert.Equal(2, cluster["a"].Cluster.Losses.RememberedCount);

        await cluster["c"].Cluster.StopAsync();
        cluster["c"].Backplane.IsCutOff = true;
        Assert.Equal(1, cluster["a"].Cluster.Losses.RememberedCount);
        cluster["b"].Backplane.IsCutOff = true;
        await ToldAsync(cluster, 1);
        await cluster.PassAsync(s_second * 20);

        Assert.Equal(["b-1 bob of b on a"], _told);
    }

    [Fact]
    public async Task A_node_that_comes_later_and_one_that_misses_something_ask_for_all()
    {
        await using var cluster = await ClusterAsync("a", "b");
        Come(cluster, "b", [.. Enumerable.Range(0, 2_000).Select(i => $"user {i}")]);
        await KnownAsync(cluster, 2_000);
        Add(await cluster.AddAsync("late"));
        var lost = 0;
        cluster.Store.OnNotice = (_, notice) => IsBatch(notice) && Interlocked.Increment(ref lost) <= 3 ? NoticeFault.Lost : NoticeFault.None;
        Come(cluster, "b", from: 2_000, "missed");
        await cluster.PassUntilAsync(() => Volatile.Read(ref lost) == 3, "nobody hears a batch");

        // The node that says it hears it too, or would; the others learn by its heartbeats that something is missing.
        await cluster.PassUntilAsync(() => Both(2_001), "both know of all");
        Come(cluster, "b", from: 2_001, "next");
        await cluster.PassUntilAsync(() => Both(2_002), "both know of the next one");

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
            await cluster.PassAsync(s_second * 1);
        }

        await cluster.PassUntilAsync(() => cluster["a"].Cluster.Losses.RememberedCount == 30, "all are known");
        await cluster.PassAsync(s_second * 5);
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
        await cluster.PassUntilAsync(() => cluster["a"].Cluster.Losses.RememberedCount == 2 && Volatile.Read(ref unremembered) == 1, "one is too many");

        cluster["b"].Backplane.IsCutOff = true;
        await ToldAsync(cluster, 2);
        await cluster.PassUntilAsync(() => cluster["a"].Cluster.Losses.RememberedCount == 0, "all is told and forgotten");
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
        await cluster.PassAsync(s_second * 2);
        Assert.True(await cluster["b"].Cluster.Losses.EndAsync("b-0"));
        cluster["b"].Backplane.IsCutOff = true;
        await cluster.PassAsync(s_second * 20);

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
        await KnownAsync(cluster, 2);
        b.Backplane.IsCutOff = true;
        await ToldAsync(cluster, 2);
        await cluster.PassAsync(s_second * 10);

        // One goes before the node can know.
        var ending = b.Cluster.Losses.EndAsync(gone.Id);
        b.Backplane.IsCutOff = false;
        await cluster.PassAsync(s_second * 1);
        var late = b.Connect("eve");
        cluster.Turn();
        b.Cluster.Losses.Came(late.Id, "eve");

        // It asks as soon as it is told so; from there on the clock stands still, so that it does not give up waiting before it has its answer.
        await cluster.PassUntilAsync(() => Volatile.Read(ref _losses) > 0, "it is told that it was taken for lost");
        Assert.False(await cluster.AnswerAsync(ending));
        await cluster.UntilAsync(() => here.Ended is not null, "the other one is ended");

        Assert.Equal(Disconnect.NodeLost, here.Ended);
        Assert.Null(late.Ended);
        Assert.False(await b.Cluster.Losses.EndAsync(here.Id));
        Assert.Contains(b.Logger.Lines, l => l.Event.Id == 69);
        await cluster.PassAsync(s_second * 30);
        await cluster.PassUntilAsync(() => cluster["a"].Cluster.Losses.RememberedCount == 1, "the other node knows of who came since");
        Assert.Equal(2, _told.Count);

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
        await KnownAsync(cluster, 2);

        // It was heard a moment ago, and its second heartbeat from now comes too late to be lost.
        var heard = false;
        cluster.Store.OnHeard = (_, notice) => heard |= LetterOf(notice) is { Kind: LetterKind.Here, Sender.Name: "b" };
        await cluster.PassUntilAsync(() => heard, "it is heard");
        cluster["b"].Backplane.IsCutOff = true;
        await cluster.PassAsync(s_second * 4);

        var ending = cluster["b"].Cluster.Losses.EndAsync("b-0");
        Assert.False(ending.IsCompleted);
        cluster["b"].Backplane.IsCutOff = false;

        Assert.True(await PassUntilAsync(cluster, ending));
        await cluster.PassAsync(s_second * 20);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task A_node_that_hears_nobody_tells_of_nobody_and_waits_before_it_tells_of_its_own()
    {
        await using var cluster = await ClusterAsync("a", "b", "c");
        Come(cluster, "a", "ann");
        Come(cluster, "b", "bob");
        Come(cluster, "c", "eve");
        await KnownAsync(cluster, 3);
        cluster["a"].Backplane.IsCutOff = true;
        await ToldAsync(cluster, 1);
        await cluster.PassAsync(s_second * 20);

        var teller = LowestOf(cluster, "b", "c");
        Assert.Equal([$"a-0 ann of a on {teller}"], _told);

        // It cannot know, and waits; but not for ever.
        var ending = cluster["a"].Cluster.Losses.EndAsync("a-0");
        Assert.False(ending.IsCompleted);
        await cluster.PassAsync(s_second * 15);
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
        await KnownAsync(cluster, 1);
        cluster["b"].Backplane.IsCutOff = true;
        await cluster.PassUntilAsync(() => begun.Task.IsCompleted, "the first one tells");
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
        await KnownAsync(cluster, 2);

        // What the one with the lowest id says of its claim is lost, so that it does not hear itself and tells nothing yet. What it answers is heard; the
        // other one takes it for there, and claims the loss too when it has waited long enough.
        var (first, other) = LowestOf(cluster, "a", "b") == "a" ? ("a", "b") : ("b", "a");
        var both = false;
        cluster.Store.OnNotice = (_, notice) =>
            !both && LetterOf(notice) is { Claims: not null, Sender.Name: var sender } && sender == first ? NoticeFault.Lost : NoticeFault.None;
        cluster["c"].Backplane.IsCutOff = true;
        await cluster.PassUntilAsync(() => cluster[first].Cluster.Losses.Claims is not null, "the first one claims it");
        await cluster.PassUntilAsync(
            () =>
            {
                _ = cluster[other].Cluster.Clients.CountAsync("nobody");
                return both = cluster[other].Cluster.Losses.Claims is not null;
            },
            "the other one claims it too");
        Assert.NotNull(cluster[first].Cluster.Losses.Claims);
        Assert.Empty(_told);
        await ToldAsync(cluster, 1);
        await cluster.PassAsync(s_second * 40);
        await cluster.PassUntilAsync(() => cluster["a"].Cluster.Losses.Claims is null && cluster["b"].Cluster.Losses.Claims is null, "nobody claims it any more");

        Assert.StartsWith("c-0 eve of c on ", Assert.Single(_told), StringComparison.Ordinal);
    }

    private static string LowestOf(TestCluster cluster, params string[] names) => names.MinBy(n => cluster[n].Cluster.Self.Id, StringComparer.Ordinal)!;

    private static bool IsBatch(Notice notice) =>
        LetterOf(notice) is { Kind: LetterKind.Clients, Body: { } body } && body.GetProperty("pages").GetInt32() == 0;

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
            Interlocked.Add(ref _losses, LetterOf(notice)?.Kind == LetterKind.Lost ? 1 : 0);
        };
        foreach (var name in names)
        {
            Add(await cluster.AddAsync(name));
        }

        await cluster.PassAsync(s_second * 10);
        return cluster;
    }

    private void Add(ClusterNode node)
    {
        node.Cluster.Losses.IsWanted = () => true;
        node.Cluster.Losses.Lost = lost =>
        {
            _told.Enqueue($"{lost.Id} {lost.User} of {lost.Node} on {node.Name}");
            return Task.CompletedTask;
        };
    }

    /// <summary>Each of so many clients is known to all other nodes that are there.</summary>
    private static Task KnownAsync(TestCluster cluster, int clients)
    {
        var nodes = cluster.Names.Select(n => cluster[n]).Where(n => !n.Backplane.IsCutOff).ToArray();
        return cluster.PassUntilAsync(() => nodes.Sum(n => n.Cluster.Losses.RememberedCount) == clients * (nodes.Length - 1), $"{clients} are known");
    }

    private Task ToldAsync(TestCluster cluster, int count) => cluster.PassUntilAsync(() => _told.Count >= count, $"{count} are told of");

    private static async Task<T> PassUntilAsync<T>(TestCluster cluster, Task<T> task)
    {
        await cluster.PassUntilAsync(() => task.IsCompleted, "the answer");
        return await task;
    }
}
