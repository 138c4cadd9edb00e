using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway.Tests.Transports;

/// <summary>A direct socket outlives the request that opened it.</summary>
public sealed class AfterHttpTests
{
    [Fact]
    [Trait("row", "S5.1")]
    public async Task The_request_ends_while_its_socket_lives_and_what_HTTP_held_is_given_back()
    {
        await using var node = await GatewayNode.StartAsync();
        var client = await node.SocketAsync("news");
        await node.PublishAsync("news", "one");
        Assert.Equal("one", await client.ReadTextAsync());
        await Wait.UntilAsync(() => node.Active.Count == 0, "the request to end");
        await Wait.UntilAsync(
            () =>
            {
                GC.Collect();
                return !node.Active.LastHttp!.IsAlive;
            },
            "what HTTP held to be collected");

        await node.PublishAsync("news", "two");
        Assert.Equal("two", await client.ReadTextAsync());
        await client.SendAsync("three");
        Assert.Equal("three", await client.ReadTextAsync());
        await client.CloseAsync(1000);
        await Wait.UntilAsync(() => node.Hub.ConnectionCount == 0, "the connection to end");
    }

    [Fact]
    [Trait("row", "S5.1")]
    public async Task Over_a_stream_the_request_lasts_as_long_as_its_socket()
    {
        await using var node = await GatewayNode.StartAsync(Way.Tls);
        var client = await node.SocketAsync("news");
        await node.PublishAsync("news", "one");
        Assert.Equal("one", await client.ReadTextAsync());
        Assert.Equal(1, node.Active.Count);
    }

    [Fact]
    [Trait("row", "S5.1")]
    public async Task A_node_that_stops_ends_sockets_whose_requests_have_ended()
    {
        await using var node = await GatewayNode.StartAsync();
        var client = await node.SocketAsync("news");
        await Wait.UntilAsync(() => node.Active.Count == 0, "the request to end");
        var stopping = node.App.StopAsync();
        Assert.Equal(Disconnect.Shutdown.Code, (await client.ReadAsync()).CloseCode);
        await client.CloseAsync(1000);
        await stopping.WaitAsync(Wait.Patience);
        Assert.Equal(0, node.Hub.ConnectionCount);
    }

    [Theory]
    [InlineData(null, 4_096)]
    [InlineData("1000", 1_000)]
    public async Task As_many_connects_wait_as_the_settings_say(string? setting, int expected)
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:Backlog"] = setting });
        Assert.Equal(expected, node.App.Services.GetRequiredService<IOptions<SocketTransportOptions>>().Value.Backlog);
    }
}
