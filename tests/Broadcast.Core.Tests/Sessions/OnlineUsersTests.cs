using System.Collections.Concurrent;

namespace Broadcast.Core.Tests.Sessions;

/// <summary>Who is online is told once in the cluster, and who has gone only with the last connection.</summary>
public sealed class OnlineUsersTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<string> _told = new();

    [Fact, Trait("row", "S2.34")]
    public async Task A_user_is_online_with_the_first_connection_and_offline_with_the_last_one_only()
    {
        await using var cluster = await ClusterAsync("a");
        var users = cluster["a"].Cluster.Users;

        users.Came("ann");
        await ToldAsync(cluster, "online ann on a");
        users.Came("ann");
        users.Went("ann");
        await cluster.PassAsync(s_second * 10);
        Assert.Single(_told);

        users.Went("ann");
        await cluster.PassAsync(s_second * 4);
        Assert.Single(_told);
        await cluster.PassAsync(s_second * 2);
        await ToldAsync(cluster, "online ann on a", "offline ann on a");
        await cluster.UntilAsync(() => users.Count == 0, "the user is forgotten");
    }

    [Fact, Trait("row", "S2.34")]
    public async Task Who_comes_back_within_the_grace_time_was_not_away()
    {
        await using var cluster = await ClusterAsync("a");
        var users = cluster["a"].Cluster.Users;
        users.Came("ann");
        await ToldAsync(cluster, "online ann on a");

        for (var i = 0; i < 5; i++)
        {
            users.Went("ann");
            await cluster.PassAsync(s_second * 4);
            users.Came("ann");
            await cluster.PassAsync(s_second * 1);
        }

        await cluster.PassAsync(s_second * 10);
        Assert.Single(_told);
    }

    [Fact, Trait("row", "S2.34")]
    public async Task A_user_on_two_nodes_is_told_of_once_and_is_offline_when_it_has_left_both()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var (a, b) = (cluster["a"].Cluster.Users, cluster["b"].Cluster.Users);
        a.Came("ann");
        await ToldAsync(cluster, "online ann on a");
        b.Came("ann");
        await cluster.UntilAsync(() => b.StageOf("ann") == UserStage.Online, "she is on both");

        a.Went("ann");
        await cluster.PassAsync(s_second * 10);
        await cluster.PassUntilAsync(() => a.Count == 0, "the first one has forgotten her");
        Assert.Equal(["online ann on a"], _told);

        b.Went("ann");
        await cluster.PassAsync(s_second * 6);
        await ToldAsync(cluster, "online ann on a", "offline ann on b");
    }

    [Fact, Trait("row", "S2.34")]
    public async Task A_user_who_comes_to_another_node_as_the_grace_ends_was_not_away_if_that_node_asks_last()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var (a, b) = (cluster["a"].Cluster.Users, cluster["b"].Cluster.Users);
        a.Came("ann");
        await ToldAsync(cluster, "online ann on a");
        using var question = new HeldLetter(cluster.Store, l => l.Sender.Name == "b" && l is { Kind: LetterKind.Call, Method: "user" });
        a.Went("ann");
        b.Came("ann");
        await question.Held;

        // The one that she leaves hears that she is coming, and keeps her until the other has asked.
        await cluster.PassAsync(s_second * 8);
        Assert.Equal(UserStage.Leaving, a.StageOf("ann"));
        question.Release();

        await cluster.UntilAsync(() => b.StageOf("ann") == UserStage.Online, "she is there");
        await cluster.PassUntilAsync(() => a.Count == 0, "the first one has forgotten her");
        Assert.Equal(["online ann on a"], _told);
    }

    [Fact, Trait("row", "S2.34")]
    public async Task A_user_who_comes_to_another_node_as_the_grace_ends_was_not_away_if_that_node_asks_first()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var (a, b) = (cluster["a"].Cluster.Users, cluster["b"].Cluster.Users);
        a.Came("ann");
        await ToldAsync(cluster, "online ann on a");
        using var answer = new HeldLetter(cluster.Store, l => l.Sender.Name == "b" && l.Kind == LetterKind.Answer);
        a.Went("ann");
        await cluster.Time.UntilDueAsync(s_second * 5);
        cluster.Time.Advance(s_second * 5);

        // It is about to hear that she is not there.
        await answer.Held;
        b.Came("ann");
        await cluster.UntilAsync(() => b.StageOf("ann") == UserStage.Online, "she is there");
        answer.Release();

        await cluster.UntilAsync(() => a.Count == 0, "the first one has forgotten her");
        Assert.Equal(["online ann on a"], _told);
    }

    [Fact, Trait("row", "S2.34")]
    public async Task A_user_who_came_to_another_node_that_stops_within_the_grace_time_is_told_of_by_the_first_one()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var (first, other) = string.CompareOrdinal(cluster["a"].Cluster.Id, cluster["b"].Cluster.Id) < 0 ? ("a", "b") : ("b", "a");
        var (left, stopped) = (cluster[first].Cluster.Users, cluster[other].Cluster.Users);
        left.Came("ann");
        await ToldAsync(cluster, $"online ann on {first}");
        left.Went("ann");
        stopped.Came("ann");
        await cluster.UntilAsync(() => stopped.StageOf("ann") == UserStage.Online, "she is there");
        stopped.Went("ann");
        await cluster.AnswerAsync(Ended(stopped.StopAsync(CancellationToken.None)));
        Assert.Single(_told);

        await ToldAsync(cluster, $"online ann on {first}", $"offline ann on {first}");
    }

    [Fact, Trait("row", "S2.34")]
    public async Task A_user_who_comes_to_another_node_while_it_is_told_that_she_has_gone_comes_after_that()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var (a, b) = (cluster["a"].Cluster.Users, cluster["b"].Cluster.Users);
        var (telling, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        a.Offline = async user =>
        {
            telling.SetResult();
            await goOn.Task;
            await TellAsync($"offline {user} on a");
        };
        a.Came("ann");
        await ToldAsync(cluster, "online ann on a");
        a.Went("ann");
        await cluster.PassUntilAsync(() => telling.Task.IsCompleted, "that she has gone is being told");

        b.Came("ann");
        await cluster.PassAsync(s_second * 3);
        Assert.Single(_told);
        goOn.SetResult();

        await ToldAsync(cluster, "online ann on a", "offline ann on a", "online ann on b");
    }

    [Fact, Trait("row", "S2.34")]
    public async Task Of_two_nodes_that_a_user_leaves_at_the_same_moment_one_tells_it()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var nodes = new[] { cluster["a"], cluster["b"] };
        nodes[0].Cluster.Users.Came("ann");
        await ToldAsync(cluster, "online ann on a");
        nodes[1].Cluster.Users.Came("ann");
        await cluster.UntilAsync(() => nodes.All(n => n.Cluster.Users.StageOf("ann") == UserStage.Online), "she is on both");

        foreach (var node in nodes)
        {
            node.Cluster.Users.Went("ann");
        }

        await cluster.PassAsync(s_second * 12);
        var lowest = nodes.MinBy(n => n.Cluster.Self.Id, StringComparer.Ordinal)!.Name;
        await ToldAsync(cluster, "online ann on a", $"offline ann on {lowest}");
        await cluster.UntilAsync(() => nodes.All(n => n.Cluster.Users.Count == 0), "both have forgotten the user");
        Assert.Equal(2, _told.Count);
    }

    [Fact, Trait("row", "S2.34")]
    public async Task A_node_that_stops_tells_who_has_gone_without_waiting_for_them_to_come_back()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var (a, b) = (cluster["a"].Cluster.Users, cluster["b"].Cluster.Users);
        a.Came("ann");
        await ToldAsync(cluster, "online ann on a");
        a.Came("bob");
        await ToldAsync(cluster, "online ann on a", "online bob on a");
        b.Came("bob");
        await cluster.UntilAsync(() => b.StageOf("bob") == UserStage.Online, "he is on both");
        a.Went("ann");
        a.Went("bob");

        var stopping = a.StopAsync(CancellationToken.None);
        await cluster.UntilAsync(() => stopping.IsCompleted, "all is told");

        Assert.Equal(["online ann on a", "online bob on a", "offline ann on a"], _told);
        Assert.Equal(0, a.Count);
    }

    [Fact]
    public async Task What_is_told_of_a_user_waits_for_what_was_told_before()
    {
        await using var cluster = await ClusterAsync("a");
        var users = cluster["a"].Cluster.Users;
        var (telling, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        users.Offline = async user =>
        {
            telling.SetResult();
            await goOn.Task;
            _told.Enqueue($"offline {user}");
        };
        users.Came("ann");
        await ToldAsync(cluster, "online ann on a");
        users.Went("ann");
        await cluster.PassUntilAsync(() => telling.Task.IsCompleted, "that she has gone is being told");

        users.Came("ann");
        await cluster.PassAsync(s_second * 1);
        Assert.Single(_told);
        goOn.SetResult();

        await ToldAsync(cluster, "online ann on a", "offline ann", "online ann on a");
    }

    [Fact]
    public async Task A_node_that_stops_tells_nothing_of_users_who_are_still_here_and_does_not_wait_for_others_longer_than_it_may()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var a = cluster["a"].Cluster.Users;
        a.Came("ann");
        a.Came("bob");
        await cluster.UntilAsync(() => a.StageOf("ann") == UserStage.Online && a.StageOf("bob") == UserStage.Online, "both are online");
        a.Went("bob");
        cluster["b"].Backplane.IsCutOff = true;

        using var cut = new CancellationTokenSource();
        var stopping = a.StopAsync(cut.Token);
        Assert.False(stopping.IsCompleted);

        // The clock moves on when the other node has been asked, and not before.
        await cluster.Time.UntilDueAsync(cluster.Options.CallTimeout);
        await cut.CancelAsync();
        cluster.Time.Advance(cluster.Options.CallTimeout);
        await cluster.UntilAsync(() => stopping.IsCompleted, "the stop ends");

        Assert.True(stopping.IsCanceled || stopping.IsCompletedSuccessfully);
        Assert.DoesNotContain("offline ann on a", _told);
    }

    [Fact, Trait("row", "S2.34")]
    public async Task A_user_who_goes_while_the_node_stops_is_told_of_at_once()
    {
        await using var cluster = await ClusterAsync("a");
        var a = cluster["a"].Cluster.Users;
        a.Came("ann");
        await ToldAsync(cluster, "online ann on a");

        a.Went("ann");
        await cluster.AnswerAsync(Ended(a.StopAsync(CancellationToken.None)));

        await ToldAsync(cluster, "online ann on a", "offline ann on a");
        await cluster.AnswerAsync(Ended(a.StopAsync(CancellationToken.None)));
        Assert.Equal(2, _told.Count);
    }

    [Fact, Trait("row", "S2.34")]
    public async Task A_user_who_has_gone_before_it_was_told_that_it_came_is_told_of_both_before_the_node_has_stopped()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var a = cluster["a"].Cluster.Users;
        var (telling, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        a.Online = async user =>
        {
            telling.SetResult();
            await goOn.Task;
            await TellAsync($"online {user}");
        };
        a.Came("ann");
        await telling.Task;
        a.Went("ann");

        var stopping = a.StopAsync(CancellationToken.None);
        Assert.False(stopping.IsCompleted);
        goOn.SetResult();
        await cluster.AnswerAsync(Ended(stopping));

        Assert.Equal(["online ann", "offline ann on a"], _told);
        Assert.Equal(0, a.Count);
    }

    [Fact, Trait("row", "S2.34")]
    public async Task A_user_who_comes_to_two_nodes_is_told_of_also_if_the_one_that_is_to_tell_asks_last()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var (first, other) = string.CompareOrdinal(cluster["a"].Cluster.Id, cluster["b"].Cluster.Id) < 0 ? ("a", "b") : ("b", "a");
        using var question = new HeldLetter(cluster.Store, l => l.Sender.Name == first && l.Method == "user");
        cluster[first].Cluster.Users.Came("ann");
        cluster[other].Cluster.Users.Came("ann");

        // It has heard that the first one is about to tell it.
        await cluster.Time.UntilDueAsync(s_second);
        Assert.Equal(UserStage.Coming, cluster[other].Cluster.Users.StageOf("ann"));
        question.Release();

        await ToldAsync(cluster, $"online ann on {first}");
        await cluster.PassUntilAsync(() => cluster[other].Cluster.Users.StageOf("ann") == UserStage.Online, "the other one knows that it was told");
        Assert.Single(_told);
    }

    [Fact]
    public async Task Whose_coming_is_being_told_counts_as_online_on_the_other_nodes()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var (telling, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        cluster["a"].Cluster.Users.Online = async user =>
        {
            telling.SetResult();
            await goOn.Task;
            await TellAsync($"online {user}");
        };
        cluster["a"].Cluster.Users.Came("ann");
        await telling.Task;

        cluster["b"].Cluster.Users.Came("ann");
        await cluster.UntilAsync(() => cluster["b"].Cluster.Users.StageOf("ann") == UserStage.Online, "it is there too");
        goOn.SetResult();

        await ToldAsync(cluster, "online ann");
    }

    [Fact, Trait("row", "S2.34")]
    public async Task A_user_of_a_lost_node_is_offline_once_and_only_if_nobody_else_has_the_user_within_the_grace_time()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var (a, b) = (cluster["a"], cluster["b"]);
        foreach (var node in (ClusterNode[])[a, b])
        {
            node.Cluster.Losses.IsWanted = () => true;
        }

        await cluster.PassAsync(s_second * 8);
        foreach (var user in (string[])["ann", "bob", "eve"])
        {
            b.Cluster.Users.Came(user);
            b.Cluster.Losses.Came($"client of {user}", user);
        }

        await cluster.PassUntilAsync(() => _told.Count == 3 && a.Cluster.Losses.RememberedCount == 3, "all are online, and the other node knows it");
        a.Cluster.Users.Came("bob");
        await cluster.UntilAsync(() => a.Cluster.Users.StageOf("bob") == UserStage.Online, "he is there too");
        b.Backplane.IsCutOff = true;

        // Eve comes back before the node is taken for lost: she was never away.
        a.Cluster.Users.Came("eve");
        await cluster.Time.UntilDueAsync(cluster.Options.CallTimeout);
        cluster.Pass(cluster.Options.CallTimeout);
        await cluster.UntilAsync(() => a.Cluster.Users.StageOf("eve") == UserStage.Online, "she is there again");
        await cluster.PassUntilAsync(() => _told.Count >= 4, "ann is offline");
        Assert.Equal("offline ann on a", _told.Last());
        Assert.DoesNotContain(_told, t => t is "offline bob on a" or "online bob on a" or "online eve on a" or "offline eve on a");
    }

    [Fact, Trait("row", "S2.34")]
    public async Task While_it_is_told_of_a_lost_node_its_users_come_back_and_go_as_if_that_were_done()
    {
        await using var cluster = await ClusterAsync(s_second * 60, "a", "b", "lost");
        var (first, other) = string.CompareOrdinal(cluster["a"].Cluster.Id, cluster["b"].Cluster.Id) < 0 ? ("a", "b") : ("b", "a");
        var goOn = new TaskCompletionSource();
        cluster[first].Cluster.Losses.Lost = _ => goOn.Task;
        foreach (var user in (string[])["ann", "bob"])
        {
            cluster["lost"].Cluster.Users.Came(user);
            await cluster.PassUntilAsync(() => _told.Contains($"online {user} on lost"), $"{user} is online");
            cluster["lost"].Cluster.Losses.Came($"client of {user}", user);
        }

        await cluster.PassUntilAsync(() => cluster["a"].Cluster.Losses.RememberedCount == 2 && cluster["b"].Cluster.Losses.RememberedCount == 2, "both know of them");
        cluster["lost"].Backplane.IsCutOff = true;
        await cluster.PassUntilAsync(
            () => cluster[other].Cluster.Losses.NodesOf("bob").Count == 0 && !cluster[other].Known.Contains("lost"), "the other one hears that it is told");
        Assert.Equal(UserStage.Leaving, cluster[first].Cluster.Users.StageOf("bob"));
        var users = cluster[other].Cluster.Users;

        // Bob was not away; when he goes it is the other one that tells it. Ann was, and comes back.
        users.Came("bob");
        await cluster.PassUntilAsync(() => users.StageOf("bob") == UserStage.Online, "he is there again");
        await ToldAsync(cluster, "online ann on lost", "online bob on lost", $"offline ann on {first}");
        users.Went("bob");
        await ToldAsync(cluster, "online ann on lost", "online bob on lost", $"offline ann on {first}", $"offline bob on {other}");
        users.Came("ann");
        await ToldAsync(
            cluster, "online ann on lost", "online bob on lost", $"offline ann on {first}", $"offline bob on {other}", $"online ann on {other}");
        goOn.SetResult();
    }

    [Fact, Trait("row", "S2.34")]
    public async Task A_user_who_left_a_node_for_one_that_is_lost_is_told_of_also_if_the_grace_time_is_longer()
    {
        await using var cluster = await ClusterAsync(s_second * 60, "a", "b");
        var (a, b) = (cluster["a"].Cluster, cluster["b"].Cluster);
        a.Users.Came("ann");
        await ToldAsync(cluster, "online ann on a");
        a.Users.Went("ann");
        b.Users.Came("ann");
        b.Losses.Came("client of ann", "ann");
        var lost = new TaskCompletionSource();
        a.Losses.Lost = _ =>
        {
            lost.SetResult();
            return Task.CompletedTask;
        };
        await cluster.PassUntilAsync(() => b.Users.StageOf("ann") == UserStage.Online && a.Losses.RememberedCount == 1, "she is on the other one, which is known");

        cluster["b"].Backplane.IsCutOff = true;
        await cluster.PassUntilAsync(() => lost.Task.IsCompleted, "that one is lost");
        Assert.Single(_told);
        await ToldAsync(cluster, "online ann on a", "offline ann on a");
    }

    private async Task<TestCluster> ClusterAsync(params string[] names)
    {
        var cluster = await TestCluster.OfAsync(names);
        foreach (var name in names)
        {
            Tell(cluster, name);
        }

        return cluster;
    }

    /// <summary>Nodes that tell each other of their clients.</summary>
    private async Task<TestCluster> ClusterAsync(TimeSpan grace, params string[] names)
    {
        var cluster = new TestCluster { Sessions = new SessionOptions { Grace = grace } };
        foreach (var name in names)
        {
            (await cluster.AddAsync(name)).Cluster.Losses.IsWanted = () => true;
            Tell(cluster, name);
        }

        await cluster.PassAsync(s_second * 10);
        return cluster;
    }

    private void Tell(TestCluster cluster, string name)
    {
        var users = cluster[name].Cluster.Users;
        users.Online = user => TellAsync($"online {user} on {name}");
        users.Offline = user => TellAsync($"offline {user} on {name}");
    }

    private Task TellAsync(string what)
    {
        _told.Enqueue(what);
        return Task.CompletedTask;
    }

    private async Task ToldAsync(TestCluster cluster, params string[] all)
    {
        await cluster.PassUntilAsync(() => _told.Count >= all.Length, string.Join(", ", all));
        Assert.Equal(all, _told);
    }

    /// <summary>Keeps the first letter of a kind from being sent until it is let go. One for a store.</summary>
    private sealed class HeldLetter : IDisposable
    {
        private readonly ManualResetEventSlim _release = new();
        private readonly TaskCompletionSource _held = new();
        private readonly SharedStore _store;

        public HeldLetter(SharedStore store, Func<NodeLetter, bool> isMeant)
        {
            _store = store;
            store.OnNotice = (_, notice) =>
            {
                if (notice is NodeMessage message && NodeLetter.TryRead(message.Body.Span, out NodeLetter? letter, out var _) && isMeant(letter))
                {
                    _held.TrySetResult();
                    _release.Wait();
                }

                return NoticeFault.None;
            };
        }

        public Task Held => _held.Task;

        public void Release() => _release.Set();

        public void Dispose()
        {
            _store.OnNotice = (_, _) => NoticeFault.None;
            _release.Set();
        }
    }

    private static async Task<bool> Ended(Task task)
    {
        await task;
        return true;
    }
}
