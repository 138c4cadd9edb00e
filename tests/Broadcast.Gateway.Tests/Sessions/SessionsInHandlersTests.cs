using System.Text.Json;
using Broadcast.Gateway.Tests.Handlers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Sessions;

/// <summary>Handlers know, change and find connections; on every node.</summary>
public sealed class SessionsInHandlersTests
{
    [Theory, Trait("row", "S2.22"), Trait("row", "S2.6")]
    [InlineData("centrifuge")]
    [InlineData("envelope")]
    public async Task A_handler_replaces_the_session_of_who_asks_and_finds_it_by_what_it_said(string path)
    {
        await using var node = await GatewayNode.StartAsync(
            settings: new() { ["Broadcast:Hub:Sessions:Indexed:0"] = "plan" },
            map: app =>
            {
                app.On("buy", (string plan, IConnection connection) => connection.UpdateSession(s => s.With("plan", plan) with { Location = new(52.5, 13.4) }));
                app.On("mine", (IConnection connection) => connection.Session.Attributes["plan"]?.Text);
                app.On("who-has", (string plan, IConnections connections) => connections.Find(ConnectionQuery.WithAttribute("plan", plan)).Select(c => c.Id));
            });
        var client = await HandlerClient.ConnectAsync(node, path);
        Assert.Equal("null", (await client.AskAsync("mine")).Data);

        Assert.Null((await client.AskAsync("buy", "\"premium\"")).Data);

        Assert.Equal("\"premium\"", (await client.AskAsync("mine")).Data);
        Assert.Equal($"[\"{client.Id}\"]", (await client.AskAsync("who-has", "\"premium\"")).Data);
        Assert.Equal("[]", (await client.AskAsync("who-has", "\"basic\"")).Data);
    }

    [Fact, Trait("row", "S2.22")]
    public async Task Who_asks_for_what_a_session_cannot_hold_is_told_so_in_one_sentence()
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("name", (string name, IConnection connection) => connection.UpdateSession(s => s.With("name", name)));
            app.On("go", (double latitude, IConnection connection) => connection.UpdateSession(s => s with { Location = new(latitude, 0) }));
        });
        var client = await HandlerClient.ConnectAsync(node);

        var (tooLong, nowhere) = (await client.AskAsync("name", $"\"{new string('x', 1_025)}\""), await client.AskAsync("go", "90.1"));

        Assert.Equal((107, "An attribute has at most 1024 bytes; 'name' has 1025."), (tooLong.Code, tooLong.Message));
        Assert.Equal(107, nowhere.Code);
        Assert.StartsWith("A location is a latitude from -90 to 90", nowhere.Message, StringComparison.Ordinal);
    }

    [Fact, Trait("row", "S2.22")]
    public async Task What_was_proved_of_a_client_is_in_its_session()
    {
        await using var node = await IdentityNode.StartAsync(map: app =>
            app.On("who", (IConnection connection) => new { connection.Session.User, name = connection.Session.Principal.Identity!.Name }));
        var token = SignedToken.Of("ann");
        var socket = await node.SocketAsync($"/rooms/news/socket?envelope=1&token={token}");
        Assert.StartsWith("{\"open\"", await IdentityNode.ReadAsync(socket), StringComparison.Ordinal);

        var said = await IdentityNode.AskAsync(socket, """{"id":1,"rpc":{"method":"who"}}""");

        Assert.Equal("""{"user":"ann","name":"ann"}""", said.GetProperty("result").GetProperty("data").GetRawText());
    }

    [Theory, Trait("row", "S2.5")]
    [InlineData("centrifuge")]
    [InlineData("envelope")]
    public async Task All_connections_of_this_node_are_listed_while_they_are_there(string path)
    {
        await using var node = await GatewayNode.StartAsync(map: app => app.On("all", (IConnections connections) => connections.All.Select(c => c.Id).Order()));
        var client = await HandlerClient.ConnectAsync(node, path);
        Assert.Equal($"[\"{client.Id}\"]", (await client.AskAsync("all")).Data);

        var other = await node.EnvelopeAsync("news");
        var ids = new[] { client.Id, other.Id }.Order(StringComparer.Ordinal).Select(i => $"\"{i}\"");
        Assert.Equal($"[{string.Join(',', ids)}]", (await client.AskAsync("all")).Data);

        await other.CloseAsync(1000);
        await Wait.UntilAsync(async () => (await client.AskAsync("all")).Data == $"[\"{client.Id}\"]", "the other one has gone");
    }

    [Fact]
    public async Task A_handler_puts_who_asks_into_a_room_and_takes_it_out_again()
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("enter", (string room, IConnection connection) => connection.JoinAsync(room));
            app.On("leave", (string room, IConnection connection) => connection.LeaveAsync(room));
        });
        var client = await HandlerClient.ConnectAsync(node);

        Assert.Equal(0, (await client.AskAsync("enter", "\"game\"")).Code);
        await Wait.UntilAsync(() => node.Hub.Connections.InRoom("game").Count == 1, "the client is in the room");
        Assert.Equal("A room's name", (await client.AskAsync("enter", "\"a b\"")).Message![..13]);

        Assert.Equal(0, (await client.AskAsync("leave", "\"game\"")).Code);
        Assert.Empty(node.Hub.Connections.InRoom("game"));
    }

    [Fact, Trait("row", "S2.43"), Trait("row", "S2.6")]
    public async Task Users_are_found_changed_and_told_something_on_whichever_node_they_are()
    {
        await using var cluster = await GatewayCluster.StartAsync(new() { ["Broadcast:Hub:Sessions:Indexed:0"] = "plan", ["Broadcast:Rooms:0:Subscribe"] = "Anyone" });
        var token = SignedToken.Of("ann");
        var sockets = new[] { await cluster.A.EnvelopeAsync("news", $"&token={token}"), await cluster.B.EnvelopeAsync("news", $"&token={token}") };
        var connections = cluster.A.App.Services.GetRequiredService<IConnections>();

        var changed = await connections.ReplaceAttributesAsync(ClientTarget.OfUser("ann"), SessionAttributes.Empty.Set("plan", "premium"));
        var found = await connections.FindAsync(ConnectionQuery.WithAttribute("plan", "premium"));
        var sent = await connections.SendToUserAsync("ann", new Fragment("#plan", $"<b>premium</b>"));
        var nobody = await connections.FindAsync(ConnectionQuery.OfUser("nobody"));

        Assert.Equal([1, 1], changed.Select(a => a.Value));
        Assert.Equal(sockets.Select(s => s.Id).Order(), found.SelectMany(a => a.Value!.Clients).Select(c => c.Client).Order());
        Assert.Equal([1, 1], sent.Select(a => a.Value));
        Assert.All(nobody, a => Assert.Equal(0, a.Value!.Count));
        foreach (var socket in sockets)
        {
            Assert.Equal("#plan", (await socket.ReadJsonAsync()).GetProperty("message").GetProperty("data").GetProperty("target").GetString());
        }
    }

    [Fact, Trait("row", "S2.32")]
    public async Task An_application_raises_an_event_of_its_own()
    {
        await using var node = await GatewayNode.StartAsync(map: app => app.On("maintain", (string message, IBroadcaster broadcaster) =>
            broadcaster.PublishAsync("everybody", new Publication(JsonSerializer.SerializeToUtf8Bytes(new { message, scheduledTime = "22:00" }), ContentKind.Json) { Event = "system.maintenance" }, idempotencyKey: null)
                .AsTask()));
        var events = await node.EventsAsync("/rooms/everybody/events");
        var client = await HandlerClient.ConnectAsync(node);

        await client.AskAsync("maintain", "\"Back soon\"");

        var read = await events.ReadDataAsync();
        Assert.Equal(("system.maintenance", """{"message":"Back soon","scheduledTime":"22:00"}"""), (read.Event, read.Data));
    }

    [Fact, Trait("row", "S2.45"), Trait("row", "S2.46")]
    public async Task A_client_from_which_nothing_comes_is_closed_with_4500_and_one_that_says_something_stays()
    {
        var settings = new Dictionary<string, string?>(IdentityNode.OpenToSignedIn("Anyone")) { ["Broadcast:Hub:Connections:Heartbeat"] = "10:00:00" };
        await using var node = await IdentityNode.StartAsync(settings);
        var (silent, active) = (await node.SocketAsync("/rooms/news/socket?envelope=1"), await node.SocketAsync("/rooms/news/socket?envelope=1"));
        await IdentityNode.ReadAsync(silent);
        await IdentityNode.ReadAsync(active);
        node.Time.Advance(TimeSpan.FromMinutes(20));
        await IdentityNode.AskAsync(active, """{"id":1,"pause":true}""");
        node.Time.Advance(TimeSpan.FromMinutes(20));

        Assert.Equal("close 4500 idle", await IdentityNode.ReadAsync(silent));
        await IdentityNode.AskAsync(active, """{"id":2,"pause":true}""");
        await Wait.UntilAsync(() => node.Hub.ConnectionCount == 1, "the other one has gone");
        Assert.Single(node.Log.Lines, l => l.Contains("is closed: nothing has come from it since 2030-01-01", StringComparison.Ordinal));
    }
}
