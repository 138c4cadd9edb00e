using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Sessions;

/// <summary>What an application sends to a user who is away comes with the next connection, on every path.</summary>
public sealed class MailboxTests
{
    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static Dictionary<string, string?> Settings => new(IdentityNode.Keys) { ["Broadcast:Hub:Mailboxes:Enabled"] = "true" };

    [Theory, Trait("row", "S4.21")]
    [InlineData("envelope")]
    [InlineData("bare socket")]
    [InlineData("events")]
    [InlineData("centrifuge")]
    public async Task What_was_sent_while_a_user_was_away_comes_in_order_with_the_next_connection_and_before_what_is_sent_then(string path)
    {
        await using var node = await GatewayNode.StartAsync(settings: Settings);
        var connections = node.App.Services.GetRequiredService<IConnections>();
        Assert.Equal(MailOutcome.Kept, (await connections.SendOrKeepAsync("ann", new Fragment("#inbox", $"<b>one</b>", Swap.BeforeEnd))).Outcome);
        Assert.Equal(MailOutcome.Kept, (await connections.SendOrKeepAsync("ann", new { text = "two" })).Outcome);
        Assert.Equal(MailOutcome.Kept, (await connections.SendOrKeepAsync("bob", "for another")).Outcome);

        var read = await ConnectAsync(node, path);

        Assert.Equal("""{"target":"#inbox","html":"<b>one</b>","swap":"beforeend"}""", Plain(await read()));
        Assert.Equal("""{"text":"two"}""", Plain(await read()));
        await Wait.UntilAsync(async () => (await connections.SendOrKeepAsync("ann", "three")).Outcome == MailOutcome.Sent, "the user is there");
        Assert.Equal("\"three\"", Plain(await read()));
    }

    [Fact, Trait("row", "S4.21")]
    public async Task It_is_kept_by_one_node_and_comes_from_another_and_a_second_connection_does_not_get_it_again()
    {
        await using var cluster = await GatewayCluster.StartAsync(new() { ["Broadcast:Hub:Mailboxes:Enabled"] = "true", ["Broadcast:Rooms:0:Subscribe"] = "Anyone" });
        await cluster.A.App.Services.GetRequiredService<IConnections>().SendOrKeepAsync("ann", "kept");

        var first = await ConnectAsync(cluster.B, "envelope");
        Assert.Equal("\"kept\"", Plain(await first()));
        var second = await ConnectAsync(cluster.A, "envelope");
        var connections = cluster.B.App.Services.GetRequiredService<IConnections>();
        await Wait.UntilAsync(async () => (await connections.SendOrKeepAsync("ann", "both")).Connections == 2, "both are in");

        Assert.Equal("\"both\"", Plain(await second()));
    }

    [Fact]
    public async Task Nobody_can_name_the_rooms_of_mailboxes()
    {
        await using var node = await GatewayNode.StartAsync(settings: Settings);
        await node.App.Services.GetRequiredService<IConnections>().SendOrKeepAsync("ann", "kept");

        Assert.Equal(400, (int)(await node.SendAsync(HttpMethod.Get, "/rooms/!mail:ann/messages")).StatusCode);
        Assert.Equal(400, (int)(await node.SendAsync(HttpMethod.Get, "/rooms/!mark:ann/events")).StatusCode);
        Assert.Equal(400, (int)(await node.PostAsync("!mail:ann", "forged")).StatusCode);
    }

    private static string Plain(JsonElement message) => JsonSerializer.Serialize(message, s_plain);

    /// <returns>Reads what ann is told next, apart from being connected.</returns>
    private static async Task<Func<Task<JsonElement>>> ConnectAsync(GatewayNode node, string path)
    {
        var token = SignedToken.Of("ann");
        switch (path)
        {
            case "envelope":
                var envelope = await node.EnvelopeAsync("news", $"&token={token}");
                return async () => (await envelope.ReadJsonAsync()).GetProperty("message").GetProperty("data");
            case "bare socket":
                var bare = await node.SocketAsync("news", $"?token={token}");
                return bare.ReadJsonAsync;
            case "events":
                var events = await node.EventsAsync($"/rooms/news/events?token={token}");
                return async () => JsonSerializer.Deserialize<JsonElement>((await events.ReadDirectAsync()).Data!);
            default:
                var centrifuge = await node.CentrifugeAsync();
                Assert.True((await centrifuge.AskAsync($$$"""{"id":1,"connect":{"token":"{{{token}}}"}}""")).TryGetProperty("connect", out _));
                return async () => (await centrifuge.ReadJsonAsync()).GetProperty("push").GetProperty("message").GetProperty("data");
        }
    }
}
