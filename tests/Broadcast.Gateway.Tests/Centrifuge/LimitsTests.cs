using System.Net;

namespace Broadcast.Gateway.Tests.Centrifuge;

/// <summary>Limits are told to who reaches them, and counted for operators.</summary>
public sealed class LimitsTests
{
    [Fact, Trait("row", "S2.49")]
    public async Task One_room_more_than_a_client_may_be_in_is_106_and_counted()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:MaxRooms"] = "1" });
        var client = await node.CentrifugeAsync();
        await client.AskAsync("""{"id":1,"connect":{}}""");
        await client.AskAsync("""{"id":2,"subscribe":{"channel":"one"}}""");

        var refused = await client.AskAsync("""{"id":3,"subscribe":{"channel":"two"}}""");

        Assert.Equal(106, refused.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Contains("broadcast_refusals_total{reason=\"rooms\"} 1", await MetricsAsync(node), StringComparison.Ordinal);
    }

    [Fact, Trait("row", "S4.14")]
    public async Task A_message_over_the_limit_is_counted_on_every_path()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:MaxMessageBytes"] = "100" });
        var tooLong = new string('x', 101);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await node.PostAsync("news", tooLong)).StatusCode);
        var socket = await node.SocketAsync("news");
        await socket.SendAsync(tooLong);
        Assert.Equal(1009, (await socket.ReadAsync()).CloseCode);
        await socket.CloseAsync(1009);
        var client = await node.CentrifugeAsync();
        await client.AskAsync("""{"id":1,"connect":{}}""");
        var refused = await client.AskAsync("{\"id\":2,\"publish\":{\"channel\":\"news\",\"data\":\"" + tooLong + "\"}}");

        Assert.Equal(106, refused.GetProperty("error").GetProperty("code").GetInt32());
        await Wait.UntilAsync(
            async () => (await MetricsAsync(node)).Contains("broadcast_refusals_total{reason=\"size\"} 3", StringComparison.Ordinal),
            "all three were counted");
    }

    [Fact, Trait("row", "S2.49")]
    public async Task Who_says_nothing_for_too_long_is_closed_with_3502_and_counted()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:ConnectTimeout"] = "00:00:00.100" });
        var client = await node.CentrifugeAsync();

        Assert.Equal(3502, (await client.ReadAsync()).CloseCode);

        await client.CloseAsync(1000);
        Assert.Contains("broadcast_refusals_total{reason=\"silence\"} 1", await MetricsAsync(node), StringComparison.Ordinal);
    }

    private static Task<string> MetricsAsync(GatewayNode node) => node.Http.GetStringAsync(node.Address("/metrics"));
}
