using System.Net;
using Broadcast.Gateway.Tests.Handlers;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Access;

/// <summary>That somebody may not do something is counted once for each time, on every path.</summary>
[Trait("row", "S2.49")]
public sealed class RefusalsTests
{
    private static readonly Dictionary<string, string?> s_closed = new(IdentityNode.Keys)
    {
        ["Broadcast:Rooms:0:Name"] = "closed",
        ["Broadcast:Rooms:0:Subscribe"] = "Nobody",
        ["Broadcast:Rooms:0:Publish"] = "Nobody",
        ["Broadcast:Rooms:0:Presence"] = "Nobody",
        ["Broadcast:Rooms:1:Name"] = "*",
        ["Broadcast:Rooms:1:Subscribe"] = "Anyone",
        ["Broadcast:Rooms:1:Publish"] = "Nobody",
        ["Broadcast:Operators"] = "SignedIn",
    };

    [Theory]
    [InlineData("GET", "/rooms/closed/events")]
    [InlineData("GET", "/events?room=news&room=closed")]
    [InlineData("GET", "/rooms/closed/socket")]
    [InlineData("GET", "/rooms/closed/messages")]
    [InlineData("POST", "/rooms/closed/messages")]
    [InlineData("GET", "/rooms/closed/presence")]
    [InlineData("GET", "/sources")]
    [InlineData("GET", "/metrics")]
    [InlineData("POST", "/api/info")]
    public async Task A_request_that_is_not_permitted_is_counted(string method, string path)
    {
        await using var node = await GatewayNode.StartAsync(settings: s_closed);

        using var answer = await node.SendAsync(new HttpMethod(method), path);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("1", await CountAsync(node, "permission"));
    }

    [Fact]
    public async Task A_publication_of_a_plain_socket_that_is_not_permitted_is_counted()
    {
        await using var node = await GatewayNode.StartAsync(settings: s_closed);
        var (bare, envelope) = (await node.SocketAsync("news"), await node.EnvelopeAsync("news"));

        await bare.SendAsync("hello");
        Assert.Equal(3507, (await bare.ReadAsync()).CloseCode);
        Assert.Equal(103, CodeOf(await envelope.AskAsync("""{"id":1,"publish":{"data":"hello"}}""")));

        Assert.Equal("2", await CountAsync(node, "permission"));
    }

    [Fact]
    public async Task Commands_of_the_Centrifuge_protocol_that_are_not_permitted_are_counted()
    {
        await using var node = await GatewayNode.StartAsync(settings: s_closed);
        var client = await node.CentrifugeAsync();
        await client.AskAsync("""{"id":1,"connect":{}}""");
        string[] commands =
        [
            """{"id":2,"subscribe":{"channel":"closed"}}""", """{"id":3,"publish":{"channel":"news","data":"hello"}}""", """{"id":4,"presence":{"channel":"closed"}}""",
            """{"id":5,"presence_stats":{"channel":"closed"}}""", """{"id":6,"history":{"channel":"closed"}}""", """{"id":7,"subscribe":{"channel":"news","token":"x"}}""",
        ];

        foreach (var command in commands)
        {
            Assert.Equal(103, CodeOf(await client.AskAsync(command)));
        }

        Assert.Equal($"{commands.Length}", await CountAsync(node, "permission"));
    }

    [Fact]
    public async Task A_request_that_does_not_meet_its_handlers_policy_is_counted()
    {
        await using var node = await GatewayNode.StartAsync(
            settings: s_closed, services: services => services.AddAuthorization(), map: app => app.On("ask", () => 1).RequireAuthorization());
        var client = await HandlerClient.ConnectAsync(node);

        Assert.Equal(103, (await client.AskAsync("ask")).Code);

        Assert.Equal("1", await CountAsync(node, "permission"));
    }

    [Fact]
    public async Task A_page_of_another_origin_is_counted_as_such_also_when_it_only_asks_whether_it_may()
    {
        await using var node = await GatewayNode.StartAsync(settings: s_closed);
        foreach (var (method, path) in ((string, string)[])[("GET", "/rooms/news/messages"), ("GET", "/rooms/closed/events"), ("OPTIONS", "/rooms/news/messages")])
        {
            using var answer = await node.SendAsync(
                new HttpMethod(method), path, ("Origin", "https://other.example"), ("Access-Control-Request-Method", "POST"));
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        Assert.Equal("3", await CountAsync(node, "origin"));
        Assert.Null(await CountAsync(node, "permission"));
    }

    private static int CodeOf(System.Text.Json.JsonElement answer) => answer.GetProperty("error").GetProperty("code").GetInt32();

    /// <returns>Null if there was none.</returns>
    private static async Task<string?> CountAsync(GatewayNode node, string reason)
    {
        var counted = $"broadcast_refusals_total{{reason=\"{reason}\"}} ";
        var metrics = await node.Http.GetStringAsync(node.Address($"/metrics?token={SignedToken.Of("operator")}"));
        return metrics.Split('\n').FirstOrDefault(l => l.StartsWith(counted, StringComparison.Ordinal))?[counted.Length..];
    }
}
