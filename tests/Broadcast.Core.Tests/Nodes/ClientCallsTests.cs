namespace Broadcast.Core.Tests.Nodes;

/// <summary>What is asked of a client reaches it, whichever node has it.</summary>
public sealed class ClientCallsTests
{
    [Fact]
    public async Task The_connections_of_a_user_are_found_on_every_node()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b", "c");
        var here = cluster["a"].Join("news", "ann");
        var there = cluster["b"].Join("news", "ann");
        there.Join("chat");
        cluster["b"].Join("news", "bob");
        cluster["c"].Join("news");
        cluster.Turn();

        var answers = await cluster.AnswerAsync(cluster["a"].Cluster.Clients.FindAsync("ann"));

        Assert.Equal(["a", "b", "c"], answers.Select(a => a.Node!.Name).Order());
        var found = answers.Where(a => a.Value!.Count > 0).ToDictionary(a => a.Node!.Name, a => Assert.Single(a.Value!.Clients));
        Assert.Equal(2, found.Count);
        Assert.Equal((here.Id, "ann", "test"), (found["a"].Client, found["a"].User, found["a"].Path));
        Assert.Equal(there.Id, found["b"].Client);
        Assert.Equal(["news", "chat"], found["b"].Rooms);
        Assert.Equal(cluster.Time.GetUtcNow(), found["b"].Since);
    }

    [Fact]
    public async Task A_user_is_disconnected_everywhere_and_nobody_else_is()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var ann = new[] { cluster["a"].Connect("ann"), cluster["b"].Connect("ann"), cluster["b"].Connect("ann") };
        var others = new[] { cluster["a"].Connect("bob"), cluster["b"].Connect() };
        cluster.Turn();

        var answers = await cluster.AnswerAsync(cluster["a"].Cluster.Clients.DisconnectAsync(ClientTarget.OfUser("ann"), new Disconnect(4242, "enough")));
        cluster.Turn();

        Assert.Equal([1, 2], answers.Select(a => a.Value));
        Assert.All(ann, c => Assert.Equal(new Disconnect(4242, "enough"), c.Ended));
        Assert.All(others, c => Assert.Null(c.Ended));
    }

    [Fact]
    public async Task One_client_is_disconnected_from_another_node_and_only_if_it_is_the_users()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var (client, other) = (cluster["b"].Connect("ann"), cluster["b"].Connect("ann"));
        cluster.Turn();
        var calls = cluster["a"].Cluster.Clients;

        var wrong = await cluster.AnswerAsync(calls.DisconnectAsync(new ClientTarget("bob", client.Id), Disconnect.ForceNoReconnect));
        var right = await cluster.AnswerAsync(calls.DisconnectAsync(new ClientTarget("ann", client.Id), Disconnect.ForceNoReconnect));
        cluster.Turn();

        Assert.Equal([0, 0], wrong.Select(a => a.Value));
        Assert.Equal([0, 1], right.Select(a => a.Value));
        Assert.Equal(Disconnect.ForceNoReconnect, client.Ended);
        Assert.Null(other.Ended);
    }

    [Fact]
    public async Task Taking_a_client_out_of_a_room_ends_it_where_its_path_has_no_word_for_that()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var (member, stranger) = (cluster["b"].Join("news", "ann"), cluster["b"].Join("chat", "ann"));
        cluster.Turn();

        var answers = await cluster.AnswerAsync(
            cluster["a"].Cluster.Clients.UnsubscribeAsync(ClientTarget.OfUser("ann"), "news", UnsubscribeReason.Server));
        cluster.Turn();

        Assert.Equal([0, 1], answers.Select(a => a.Value));
        Assert.Equal(Disconnect.ForceNoReconnect, member.Ended);
        Assert.Null(stranger.Ended);
    }

    [Fact]
    public async Task A_message_to_a_user_reaches_all_of_its_connections_in_order()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var clients = new[] { cluster["a"].Join("news", "ann"), cluster["b"].Join("news", "ann") };
        var other = cluster["b"].Join("news", "bob");
        cluster.Turn();
        for (var i = 0; i < 3; i++)
        {
            await cluster.AnswerAsync(cluster["b"].Cluster.Clients.SendAsync(ClientTarget.OfUser("ann"), new[] { (byte)('0' + i) }, ContentKind.Text));
        }

        cluster.Turn();
        Assert.All(clients, c => Assert.Equal(["open", "0", "1", "2"], c.Frames.Select(f => f.Kind == "open" ? f.Kind : f.Text)));
        Assert.Equal("open", Assert.Single(other.Frames).Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_client_is_sent_before_it_was_told_that_it_is_connected_comes_afterwards(bool byAudience)
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var client = cluster["b"].Connect("ann");
        cluster.Turn();
        var calls = cluster["a"].Cluster.Clients;

        var sent = byAudience
            ? (await cluster.AnswerAsync(calls.SendAsync(Audience.User("ann"), "early"u8.ToArray(), ContentKind.Text))).Sum(a => a.Value!.Connections)
            : (await cluster.AnswerAsync(calls.SendAsync(ClientTarget.OfUser("ann"), "early"u8.ToArray(), ContentKind.Text))).Sum(a => a.Value);
        cluster.Turn();
        Assert.Empty(client.Frames);
        client.Join("news");
        await cluster.UntilAsync(() => client.Frames.Count == 2, "it is connected");

        Assert.Equal(1, sent);
        Assert.Equal(["open", "reply"], client.Frames.Select(f => f.Kind));
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_reset_before_messages_to_it_fill_the_memory()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var client = cluster["b"].Join("news", "ann");
        client.Transport.Capacity = 10;
        cluster.Turn();
        var text = new byte[100_000];
        Array.Fill(text, (byte)'x');
        var sent = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            sent.Add((await cluster.AnswerAsync(cluster["a"].Cluster.Clients.SendAsync(ClientTarget.OfUser("ann"), text, ContentKind.Text))).Sum(a => a.Value));
            cluster.Turn();
        }

        Assert.True(client.Transport.IsAborted);

        // The one by which it was reset was not sent to it.
        Assert.Equal([1, 1, 0, 0, 0], sent);
    }

    [Fact]
    public async Task A_client_is_looked_at_paused_and_resumed_from_another_node()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var client = cluster["b"].Join("news");
        cluster.Turn();
        var calls = cluster["a"].Cluster.Clients;

        Assert.Equal([0, 1], (await cluster.AnswerAsync(calls.PauseAsync(client.Id, "", resume: false))).Select(a => a.Value));
        await cluster["a"].Hub.PublishAsync("news", Publication.Text("1"));
        cluster.Turn();
        var status = await cluster.AnswerAsync(calls.StatusAsync(client.Id));
        Assert.Null(status[0].Value);
        var news = Assert.Single(status[1].Value!);
        Assert.Equal(("news", true, 1UL, 1UL, 0UL), (news.Room, news.IsPaused, news.Behind, news.Head.Offset, news.Position.Offset));
        Assert.Equal(client.In("news")!.Position, news.Position);

        await cluster.AnswerAsync(calls.PauseAsync(client.Id, "news", resume: true));
        await cluster.UntilAsync(() => client.Publications("news").Any(), "what was missed");
        Assert.Equal(["1"], client.Publications("news"));
    }

    [Fact, Trait("row", "S2.43")]
    public async Task Connections_are_found_on_every_node_by_id_room_and_attribute_and_who_does_not_answer_is_named()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var (here, there) = (cluster["a"].Join("news"), cluster["b"].Join("news", "ann"));
        cluster.Turn();
        foreach (var client in new[] { here, there })
        {
            client.Connection.UpdateSession(s => s.With("plan", "premium"));
        }

        var calls = cluster["a"].Cluster.Clients;
        Assert.Equal([0, 1], await CountsAsync(ConnectionQuery.OfClient(there.Id)));
        Assert.Equal([0, 1], await CountsAsync(ConnectionQuery.OfUser("ann")));
        Assert.Equal([1, 1], await CountsAsync(ConnectionQuery.InRoom("news")));
        Assert.Equal([1, 1], await CountsAsync(ConnectionQuery.WithAttribute("plan", "premium")));
        Assert.Equal([0, 1], await CountsAsync(ConnectionQuery.WithAttribute("plan", "premium") with { User = "ann" }));
        Assert.Equal([0, 0], await CountsAsync(ConnectionQuery.WithAttribute("plan", "basic")));
        Assert.Equal([0, 0], await CountsAsync(ConnectionQuery.OfUser("nobody")));
        await Assert.ThrowsAsync<ArgumentException>(() => calls.FindAsync(ConnectionQuery.WithAttribute("colour", "red")));

        var found = await cluster.AnswerAsync(calls.FindAsync(ConnectionQuery.OfClient(there.Id)));
        Assert.Equal("premium", Assert.Single(found[1].Value!.Clients).Attributes!["plan"]!.Text);

        async Task<IEnumerable<int>> CountsAsync(ConnectionQuery query) =>
            (await cluster.AnswerAsync(calls.FindAsync(query))).Select(a => a.Value!.Count);
    }

    [Fact, Trait("row", "S2.22")]
    public async Task The_attributes_of_a_client_elsewhere_are_replaced_by_the_node_that_has_it()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var (ann, bob) = (cluster["b"].Connect("ann"), cluster["b"].Connect("bob"));
        cluster.Turn();
        ann.Connection.UpdateSession(s => s.With("old", 1) with { Location = new Location(1, 2) });
        var calls = cluster["a"].Cluster.Clients;
        var attributes = SessionAttributes.Empty.Set("plan", "premium").Set("level", 3.5).Set("admin", true).Set("roles", new[] { "a", "b" });

        Assert.Equal([0, 1], (await cluster.AnswerAsync(calls.ReplaceAttributesAsync(ClientTarget.OfUser("ann"), attributes))).Select(a => a.Value));
        Assert.Equal(attributes.OrderBy(a => a.Key), ann.Connection.Session.Attributes.OrderBy(a => a.Key));
        Assert.Equal(new Location(1, 2), ann.Connection.Session.Location);
        Assert.Equal([ann.Connection], cluster["b"].Hub.Connections.WithAttribute("plan", "premium"));
        Assert.Empty(bob.Connection.Session.Attributes);

        Assert.Equal([0, 1], (await cluster.AnswerAsync(calls.ReplaceAttributesAsync(ClientTarget.OfClient(bob.Id), attributes))).Select(a => a.Value));
        await Assert.ThrowsAsync<ArgumentException>(() =>
            calls.ReplaceAttributesAsync(ClientTarget.OfUser("ann"), SessionAttributes.Empty.Set("long", new string('x', 1_025))));
    }

    [Fact]
    public async Task A_client_elsewhere_is_put_into_a_room_if_its_path_can_take_it()
    {
        await using var cluster = await TestCluster.OfAsync("a", "b");
        var (takes, bare) = (cluster["b"].Connect("ann"), cluster["b"].Connect("ann", TestDialect.Bare));
        cluster.Turn();

        var answers = await cluster.AnswerAsync(cluster["a"].Cluster.Clients.JoinAsync(ClientTarget.OfUser("ann"), "news"));
        await cluster.UntilAsync(() => takes.In("news") is { State: SubscriptionState.Live }, "the client is in the room");

        Assert.Equal(new JoinCount(1, 1, "A client of the path 'test' is only in rooms it asked for."), answers[1].Value);
        Assert.Null(bare.In("news"));
        await cluster["a"].Hub.PublishAsync("news", Publication.Text("1"));
        await cluster.UntilAsync(() => takes.Publications("news").Any(), "the publication");
        Assert.Equal(["1"], takes.Publications("news"));
    }
}
