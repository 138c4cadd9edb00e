using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;

namespace Broadcast.Gateway.Tests.Sessions;

/// <summary>What hooks are told of the clients of a node that has gone without a word.</summary>
public sealed class LostNodeTests
{
    private readonly ConcurrentQueue<(IConnection Connection, Disconnect Reason)> _gone = new();

    [Fact, Trait("row", "S2.36")]
    public async Task The_hooks_of_a_client_that_went_with_its_node_run_once_on_another_one_and_it_can_be_told_nothing_more()
    {
        await using var cluster = await GatewayCluster.StartAsync(
            new() { ["Broadcast:Cluster:GoneAfter"] = "00:00:30", ["Broadcast:Cluster:CallTimeout"] = "00:00:02" },
            app => app.OnDisconnected((IConnection connection, Disconnect reason) => _gone.Enqueue((connection, reason))));
        var client = await cluster.B.EnvelopeAsync("news");
        await Wait.UntilAsync(() => GatewayCluster.ClusterOf(cluster.A).Losses.RememberedCount == 1, "the other node knows of it");

        cluster.BackplaneOfB.IsCutOff = true;
        await Wait.UntilAsync(() => !_gone.IsEmpty, "it is told of");

        Assert.True(_gone.TryDequeue(out var lost));
        Assert.Equal((client.Id, (string?)null, Disconnect.NodeLost), (lost.Connection.Id, lost.Connection.User, lost.Reason));
        Assert.True(lost.Connection.Gone.IsCancellationRequested);
        Assert.False(lost.Connection.Principal.Identity!.IsAuthenticated);
        Assert.Same(Session.Empty, lost.Connection.Session);
        Assert.InRange(lost.Connection.LastActivity, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
        lost.Connection.UpdateSession(s => s.With("plan", "premium"));
        await lost.Connection.SendAsync("too late");
        await lost.Connection.LeaveAsync("news");
        await lost.Connection.CloseAsync(Disconnect.ForceReconnect);
        Assert.Equal(0, lost.Connection.Session.Attributes.Count);
        Assert.Equal("The client has gone.", (await Assert.ThrowsAsync<RequestException>(() => lost.Connection.JoinAsync("news"))).Message);

        // The node goes on, and ends the client without a word to the hooks.
        cluster.BackplaneOfB.IsCutOff = false;
        Assert.Equal(Disconnect.NodeLost.Code, (await client.ReadAsync()).CloseCode);
        await Wait.UntilAsync(() => GatewayCluster.ClusterOf(cluster.B).Losses.RememberedCount == 0 && GatewayCluster.ClusterOf(cluster.A).Losses.RememberedCount == 0, "nobody is remembered");
        await cluster.B.StopAsync();
        Assert.Empty(_gone);
    }

    [Fact]
    public async Task A_node_alone_remembers_nobody_and_its_hooks_wait_for_nothing()
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
            app.OnDisconnected((IConnection connection, Disconnect reason) => _gone.Enqueue((connection, reason))));
        var client = await node.EnvelopeAsync("news");
        await client.CloseAsync(1000);

        await Wait.UntilAsync(() => !_gone.IsEmpty, "it is told of");

        Assert.Equal((client.Id, Disconnect.Normal.Code), (_gone.Single().Connection.Id, _gone.Single().Reason.Code));
        Assert.Equal(0, GatewayCluster.ClusterOf(node).Losses.RememberedCount);
    }
}
