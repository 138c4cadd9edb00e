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
        await PassAsync(cluster, 10);
        Assert.Single(_told);

        users.Went("ann");
        await PassAsync(cluster, 4);
        Assert.Single(_told);
        await PassAsync(cluster, 2);
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
            await PassAsync(cluster, 4);
            users.Came("ann");
            await PassAsync(cluster, 1);
        }

        await PassAsync(cluster, 10);
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
        await PassAsync(cluster, 1);

        a.Went("ann");
        await PassAsync(cluster, 10);
        Assert.Equal(["online ann on a"], _told);

        b.Went("ann");
        await PassAsync(cluster, 6);
        await ToldAsync(cluster, "online ann on a", "offline ann on b");
    }

    [Fact, Trait("row", "S2.34")]
    public async Task Of_two_nodes_that_a_user_leaves_at_the_same_moment_one_tells_it()
    {
        await using var cluster = await ClusterAsync("a", "b");
        var nodes = new[] { cluster["a"], cluster["b"] };
        nodes[0].Cluster.Users.Came("ann");
        await ToldAsync(cluster, "online ann on a");
        nodes[1].Cluster.Users.Came("ann");
        await PassAsync(cluster, 1);

        foreach (var node in nodes)
        {
            node.Cluster.Users.Went("ann");
        }

        await PassAsync(cluster, 12);
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
        await PassAsync(cluster, 1);
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
        await PassAsync(cluster, 6);
        await telling.Task;

        users.Came("ann");
        await PassAsync(cluster, 1);
        Assert.Single(_told);
        goOn.SetResult();

        await ToldAsync(cluster, "online ann on a", "offline ann", "online ann on a");
    }

    private async Task<TestCluster> ClusterAsync(params string[] names)
    {
        var cluster = await TestCluster.OfAsync(names);
        foreach (var name in names)
        {
            var users = cluster[name].Cluster.Users;
            users.Online = user => TellAsync($"online {user} on {name}");
            users.Offline = user => TellAsync($"offline {user} on {name}");
        }

        return cluster;
    }

    private Task TellAsync(string what)
    {
        _told.Enqueue(what);
        return Task.CompletedTask;
    }

    private async Task ToldAsync(TestCluster cluster, params string[] all)
    {
        await cluster.UntilAsync(() => _told.Count >= all.Length, string.Join(", ", all));
        Assert.Equal(all, _told);
    }

    /// <summary>What timers set off goes on elsewhere: between steps everybody has time to ask and answer.</summary>
    private static async Task PassAsync(TestCluster cluster, int seconds)
    {
        for (var second = 0; second < seconds; second++)
        {
            cluster.Pass(s_second);
            foreach (var _ in Enumerable.Range(0, 3))
            {
                await cluster.AnswerAsync(cluster["a"].Cluster.Clients.CountAsync("nobody"));
            }
        }
    }
}
