namespace Broadcast.Core.Tests.Nodes;

/// <summary>Who is in a room is asked of every node, and told to members on every node.</summary>
public sealed class PresenceCallsTests
{
    [Fact]
    public async Task Members_on_all_nodes_are_named_and_each_user_counts_once()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b", "c");
        var members = new[]
        {
            cluster["a"].Join("news", "ann"), cluster["b"].Join("news", "ann"), cluster["b"].Join("news", "bob"), cluster["a"].Join("news"), cluster["b"].Join("news"),
        };
        cluster["c"].Join("chat", "eve");
        cluster.Turn();

        foreach (var asked in new[] { "a", "b", "c" })
        {
            var presence = await cluster.AnswerAsync(cluster[asked].Cluster.Presence.MembersAsync("news"));
            Assert.Equal((5, 3), (presence.Count, presence.UserCount));
            Assert.Equal(members.Select(m => m.Id).Order(), presence.Members!.Select(m => m.Client).Order());
            Assert.Equal(["", "", "ann", "ann", "bob"], presence.Members!.Select(m => m.User).Order(StringComparer.Ordinal));
            Assert.Empty(presence.Missing);
        }
    }

    [Fact]
    public async Task What_the_application_says_of_a_connection_is_seen_from_other_nodes()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var client = cluster["b"].Connect();
        _ = client.Connection.PostAction(c => c.Identify("bob", "{\"age\":7}"u8.ToArray(), null));
        client.Join("news");
        cluster.Turn();

        var member = Assert.Single((await cluster.AnswerAsync(cluster["a"].Cluster.Presence.MembersAsync("news"))).Members!);

        Assert.Equal(("bob", client.Id, "{\"age\":7}"), (member.User, member.Client, System.Text.Encoding.UTF8.GetString(member.ConnInfo!.Value.Span)));
    }

    [Fact]
    public async Task Above_the_rooms_bound_members_are_counted_on_all_nodes_and_named_on_none()
    {
        await using var cluster = new TestCluster(new RoomRule { MaxPresence = 3 });
        var (a, b) = (await cluster.AddAsync("a"), await cluster.AddAsync("b"));
        cluster.Pass(TimeSpan.FromSeconds(3));
        foreach (var user in new[] { "ann", "bob" })
        {
            a.Join("news", user);
            b.Join("news", user);
        }

        cluster.Turn();
        var presence = await cluster.AnswerAsync(a.Cluster.Presence.MembersAsync("news"));
        var counted = await cluster.AnswerAsync(b.Cluster.Presence.CountAsync("news"));

        Assert.Null(presence.Members);
        Assert.Equal((4, 2), (presence.Count, presence.UserCount));
        Assert.Null(counted.Members);
        Assert.Equal((4, 2), (counted.Count, counted.UserCount));
    }

    [Fact]
    public async Task Users_too_many_to_be_named_are_added_up()
    {
        await using var cluster = new TestCluster(new RoomRule { MaxPresence = 1 });
        var (a, b) = (await cluster.AddAsync("a"), await cluster.AddAsync("b"));
        cluster.Pass(TimeSpan.FromSeconds(3));
        foreach (var user in new[] { "ann", "bob" })
        {
            a.Join("news", user);
            b.Join("news", user);
        }

        cluster.Turn();
        Assert.Equal(4, (await cluster.AnswerAsync(a.Cluster.Presence.CountAsync("news"))).UserCount);
    }

    [Fact]
    public async Task A_node_that_was_killed_is_named_as_missing_and_its_members_are_gone_within_ten_seconds()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        cluster["a"].Join("news", "ann");
        cluster["b"].Join("news", "bob");
        cluster.Turn();
        cluster["b"].Backplane.IsCutOff = true;

        var early = cluster["a"].Cluster.Presence.MembersAsync("news");
        cluster.Time.Advance(cluster.Options.CallTimeout);
        var missing = Assert.Single((await cluster.AnswerAsync(early)).Missing);
        Assert.Equal(("b", "It did not answer within 2 s."), (missing.Node!.Name, missing.Reason));

        cluster.Pass(TimeSpan.FromSeconds(8));
        var late = await cluster.AnswerAsync(cluster["a"].Cluster.Presence.MembersAsync("news"));
        Assert.Empty(late.Missing);
        Assert.Equal(["ann"], late.Members!.Select(m => m.User));
    }

    [Fact]
    public async Task Members_on_every_node_are_told_who_comes_and_goes_in_order_and_once()
    {
        await using var cluster = new TestCluster(new RoomRule { JoinLeave = true });
        var (a, b) = (await cluster.AddAsync("a"), await cluster.AddAsync("b"));
        var (here, there) = (a.Join("news"), b.Join("news"));
        cluster.Turn();
        var visitors = new List<TestClient>();
        for (var i = 0; i < 20; i++)
        {
            var visitor = b.Join("news");
            visitors.Add(visitor);
            cluster.Turn();
            visitor.Leave("news");
            cluster.Turn();
        }

        var expected = visitors.SelectMany(v => new[] { $"joined {v.Id}", $"left {v.Id}" });
        Assert.Equal(expected, Told(here).TakeLast(40));
        Assert.Equal(expected, Told(there).TakeLast(40));
        Assert.Equal(new[] { $"joined {here.Id}", $"joined {there.Id}" }.Order(), Told(here).SkipLast(40).Order());

        static IEnumerable<string> Told(TestClient client) => client.Frames.Where(f => f.Kind is "joined" or "left").Select(f => $"{f.Kind} {f.Text}");
    }

    [Fact]
    public async Task Joins_that_the_backplane_does_not_take_are_lost_and_said_so_once()
    {
        await using var cluster = new TestCluster(new RoomRule { JoinLeave = true });
        var a = await cluster.AddAsync("a");
        var first = a.Join("news");
        cluster.Turn();
        a.Backplane.IsDown = true;
        a.Join("news");
        a.Join("news");
        cluster.Turn();
        a.Backplane.IsDown = false;
        var last = a.Join("news");
        cluster.Turn();

        Assert.Equal([first.Id, last.Id], first.Frames.Where(f => f.Kind == "joined").Select(f => f.Text));
        Assert.Single(a.Logger.Lines, l => l.Event.Id == 67);
    }
}
