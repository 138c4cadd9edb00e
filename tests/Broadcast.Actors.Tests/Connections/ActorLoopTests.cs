namespace Broadcast.Actors.Tests;

/// <summary>The event loop of one client, run by its actor or by nobody.</summary>
public sealed class ActorLoopTests
{
    [Fact]
    public void What_is_posted_when_the_actor_has_ended_is_done_by_who_posts_it()
    {
        using var node = new ActorNode();
        var client = node.Join("r");
        client.Connection.PostClose(Disconnect.Shutdown);
        node.SettleUntil(() => node.Hub.Loops.Count == 0);
        var done = 0;

        // Nobody turns the loop here. That its actor has ended may be heard a little later than that the client has.
        Assert.True(SpinWait.SpinUntil(() => client.Connection.PostAction(_ => done++).IsCompletedSuccessfully, TimeSpan.FromMinutes(2)));
        Assert.InRange(done, 1, int.MaxValue);
    }

    [Fact]
    [Trait("row", "S1.11")]
    [Trait("row", "S1.12")]
    public async Task A_client_whose_actor_fails_is_reset_counted_and_logged_and_no_other_is_affected()
    {
        using var node = new ActorNode();
        using var faults = new CountOf(node.Hub.Metrics.Faults);
        var sound = node.Join("r");
        var transport = new UnreadableTransport();
        Assert.True(node.Hub.TryReserve());
        var faulty = node.Hub.Connect(transport, TestDialect.Full);
        _ = faulty.PostSubscribe("r", JoinAt.Now);
        node.Settle();
        transport.IsUnreadable = true;

        node.Publish("r", "1");
        node.SettleUntil(() => faulty.Completion.IsCompleted);
        node.Publish("r", "2");
        node.Settle();

        Assert.Equal(Disconnect.ServerError, await faulty.Completion);
        Assert.True(transport.IsAborted);
        Assert.Equal(["1", "2"], sound.Publications("r"));
        Assert.Equal(1, node.Hub.FindRoom("r")!.MemberCount);
        Assert.Equal(1, faults.Value);
        Assert.Contains(node.Logger.Lines, l => l.Text.Contains(faulty.Id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_is_found_by_its_id_without_asking_others()
    {
        using var node = new ActorNode();
        var clients = Enumerable.Range(0, 20).Select(_ => node.Join("r")).ToArray();
        string? found = null;

        var finding = node.Hub.WithConnectionAsync(clients[7].Id, c => found = c.Id);
        var missing = node.Hub.WithConnectionAsync("nobody", c => found = c.Id);
        Assert.Equal(1, node.Hub.Loops.Count(l => l.HasWork));
        node.SettleUntil(() => finding.IsCompleted && missing.IsCompleted);

        Assert.Equal((true, false, clients[7].Id), (await finding, await missing, found));
    }

    [Fact]
    public void When_the_actors_stop_before_the_node_clients_go_on_without_them_and_newcomers_too()
    {
        using var node = new ActorNode();
        var before = node.Join("r");
        node.Publish("r", "1");
        node.Settle();
        node.StopConnections();

        var after = node.Connect();
        after.Join("r");
        node.Publish("r", "2");
        node.SettleUntil(() => before.Publications("r").Count() == 2);
        foreach (var client in node.Clients)
        {
            client.Connection.PostClose(Disconnect.Shutdown);
        }

        node.SettleUntil(() => node.Clients.All(c => c.Ended is not null));
        Assert.Equal(["1", "2"], before.Publications("r"));
        Assert.Equal(["2"], after.Publications("r"));
        Assert.All(node.Clients, c => Assert.Equal((Disconnect.Shutdown, "close"), (c.Ended, c.Frames[^1].Kind)));
    }

    [Fact]
    public void A_node_that_goes_resets_its_clients()
    {
        FakeTransport transport;
        using (var node = new ActorNode())
        {
            transport = node.Join("r").Transport;
        }

        Assert.True(transport.IsAborted);
        Assert.Empty(transport.Breaches);
    }
}
