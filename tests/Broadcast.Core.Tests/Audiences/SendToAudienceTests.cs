namespace Broadcast.Core.Tests.Audiences;

/// <summary>What is sent to an audience outside of rooms reaches it on every node, and is counted.</summary>
public sealed class SendToAudienceTests
{
    [Fact, Trait("row", "S2.26"), Trait("row", "S4.13")]
    public async Task All_who_are_meant_are_reached_on_every_node_and_connections_and_users_are_counted()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var ann = new[] { cluster["a"].Connect("ann").Greeted(), cluster["b"].Connect("ann").Greeted(), cluster["b"].Connect("ann").Greeted() };
        var (bob, guest) = (cluster["b"].Connect("bob").Greeted(), cluster["b"].Connect().Greeted());
        cluster.Turn();
        foreach (var client in ann.Append(guest))
        {
            client.Connection.UpdateSession(s => s.With("plan", "premium").With("pool", "blue"));
        }

        Assert.Equal([(1, 1), (2, 1)], await SendAsync(Audience.User("ann"), "1"));
        Assert.Equal([(1, 1), (3, 1)], await SendAsync(Audience.Attribute("plan", "premium"), "2"));
        Assert.Equal([(1, 1), (3, 2)], await SendAsync(Audience.SignedIn, "3"));
        Assert.Equal([(1, 1), (3, 1)], await SendAsync(Audience.Pool("blue"), "4"));
        Assert.Equal([(0, 0), (0, 0)], await SendAsync(Audience.Pool("red"), "5"));
        Assert.Equal([(1, 1), (3, 2)], await SendAsync(Audience.AllBut(guest.Id), "6"));
        Assert.Equal([(0, 0), (1, 0)], await SendAsync(Audience.Connection(guest.Id), "7"));
        Assert.Equal([(0, 0), (0, 0)], await SendAsync(Audience.Nobody, "8"));

        Assert.All(ann, c => Assert.Equal(["1", "2", "3", "4", "6"], c.Frames.Select(f => f.Text)));
        Assert.Equal(["3", "6"], bob.Frames.Select(f => f.Text));
        Assert.Equal(["2", "4", "7"], guest.Frames.Select(f => f.Text));

        async Task<IEnumerable<(int, int)>> SendAsync(Audience audience, string text)
        {
            var answers = await cluster.AnswerAsync(
                cluster["a"].Cluster.Clients.SendAsync(audience, System.Text.Encoding.UTF8.GetBytes(text), ContentKind.Text));
            cluster.Turn();
            return answers.Select(a => (a.Value!.Connections, a.Value.Users));
        }
    }

    [Fact, Trait("row", "S2.27"), Trait("row", "S2.28")]
    public async Task Those_near_a_place_are_reached_and_who_is_nowhere_is_not()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var (near, far, nowhere) = (cluster["a"].Connect("ann").Greeted(), cluster["b"].Connect("bob").Greeted(), cluster["b"].Connect("eve").Greeted());
        cluster.Turn();
        near.Connection.UpdateSession(s => s with { Location = new Location(10, 179.99) });
        far.Connection.UpdateSession(s => s with { Location = new Location(10, 179) });

        var answers = await cluster.AnswerAsync(
            cluster["b"].Cluster.Clients.SendAsync(Audience.Within(new Location(10, -179.99), 10_000), "fire"u8.ToArray(), ContentKind.Text));
        cluster.Turn();

        Assert.Equal([0, 1], answers.Select(a => a.Value!.Connections));
        Assert.Equal(["fire"], near.Frames.Select(f => f.Text));
        Assert.Empty(far.Frames.Concat(nowhere.Frames));

        var found = await cluster.AnswerAsync(cluster["b"].Cluster.Clients.FindAsync(ConnectionQuery.Within(new Location(10, 180), 200_000)));
        Assert.Equal([1, 1], found.Select(a => a.Value!.Count));
        await Assert.ThrowsAsync<ArgumentException>(() => cluster["b"].Cluster.Clients.FindAsync(ConnectionQuery.Within(new Location(0, 0), -1)));
    }

    [Fact, Trait("row", "S2.31"), Trait("row", "S2.26")]
    public async Task One_that_takes_nothing_any_more_is_not_counted_and_stops_no_other()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var clients = Enumerable.Range(0, 3).Select(_ => cluster["b"].Connect("ann").Greeted()).ToArray();
        cluster.Turn();
        clients[1].Transport.Capacity = 0;
        var text = new byte[200_000];
        Array.Fill(text, (byte)'x');

        var counts = new List<(int, int)>();
        for (var i = 0; i < 3; i++)
        {
            var answers = await cluster.AnswerAsync(cluster["a"].Cluster.Clients.SendAsync(Audience.User("ann"), text, ContentKind.Text));
            cluster.Turn();
            counts.Add((answers[1].Value!.Connections, answers[1].Value!.Meant));
        }

        Assert.Equal([(3, 3), (3, 3), (2, 3)], counts);
        Assert.All([clients[0], clients[2]], c => Assert.Equal(3, c.Frames.Count));
        Assert.True(clients[1].Transport.IsAborted);
    }

    [Fact]
    public async Task An_audience_that_nobody_named_is_refused_and_one_that_another_node_does_not_know_reaches_nobody_there()
    {
        await using var cluster = await TestCluster.OfAsync("new", "old");
        cluster["new"].Hub.Audiences.Add("everybody", _ => true);
        var (here, there) = (cluster["new"].Connect().Greeted(), cluster["old"].Connect().Greeted());
        cluster.Turn();

        var answers = await cluster.AnswerAsync(cluster["new"].Cluster.Clients.SendAsync(Audience.Named("everybody"), "x"u8.ToArray(), ContentKind.Text));
        cluster.Turn();

        Assert.Equal([1, 0], answers.Select(a => a.Value!.Connections));
        Assert.Equal((1, 0), (here.Frames.Count, there.Frames.Count));
        var refused = await Assert.ThrowsAsync<ArgumentException>(() =>
            cluster["old"].Cluster.Clients.SendAsync(Audience.Named("everybody"), "x"u8.ToArray(), ContentKind.Text));
        Assert.StartsWith("There is no audience 'everybody'", refused.Message, StringComparison.Ordinal);
    }
}
