using System.Net;

namespace Broadcast.Gateway.Tests.Centrifuge;

/// <summary>The path of the Centrifuge protocol, seen from outside of it.</summary>
public sealed class CentrifugeEndpointTests
{
    private const string Path = "/connection/websocket";

    [Theory]
    [InlineData("", HttpStatusCode.UpgradeRequired)]
    [InlineData("?format=protobuf", HttpStatusCode.BadRequest)]
    [InlineData("?cf_protocol=protobuf", HttpStatusCode.BadRequest)]
    [InlineData("?token=nonsense", HttpStatusCode.Unauthorized)]
    public async Task What_is_no_upgrade_to_JSON_is_refused_with_a_status(string query, HttpStatusCode status)
    {
        await using var node = await GatewayNode.StartAsync();
        using var answer = await node.SendAsync(HttpMethod.Get, Path + query);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(0, node.Hub.ConnectionCount);
    }

    [Fact]
    public async Task A_page_of_an_origin_that_is_not_allowed_is_refused()
    {
        await using var node = await GatewayNode.StartAsync();
        using var answer = await node.SendAsync(HttpMethod.Get, Path, ("Origin", "https://example.org"));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData(Way.Direct)]
    [InlineData(Way.Pipe)]
    [InlineData(Way.Tls)]
    [InlineData(Way.Http2)]
    [InlineData(Way.InMemory)]
    public async Task It_is_spoken_in_every_way_there_is(Way way)
    {
        await using var node = await GatewayNode.StartAsync(way);
        var client = await node.CentrifugeAsync();
        await client.AskAsync("""{"id":1,"connect":{}}""");
        await client.AskAsync("""{"id":2,"subscribe":{"channel":"news"}}""");
        await node.PublishAsync("news", "hello");
        var push = (await client.ReadJsonAsync()).GetProperty("push");
        Assert.Equal("hello", push.GetProperty("pub").GetProperty("data").GetString());
    }

    [Fact, Trait("row", "S5.16")]
    public async Task A_node_that_stops_says_so_with_3001()
    {
        await using var node = await GatewayNode.StartAsync();
        var client = await node.CentrifugeAsync();
        await client.AskAsync("""{"id":1,"connect":{}}""");
        await client.AskAsync("""{"id":2,"subscribe":{"channel":"news"}}""");
        var stopping = node.StopAsync();
        Assert.Equal(3001, (await client.ReadAsync()).CloseCode);
        await client.CloseAsync(1000);
        await stopping;
    }

    [Fact, Trait("row", "S2.49")]
    public async Task A_node_that_is_full_refuses_before_the_upgrade()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:Hub:MaxConnections"] = "1" });
        await (await node.CentrifugeAsync()).AskAsync("""{"id":1,"connect":{}}""");
        await Assert.ThrowsAnyAsync<Exception>(node.CentrifugeAsync);
        Assert.Equal(1, node.Hub.ConnectionCount);
    }
}
