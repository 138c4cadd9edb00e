namespace Broadcast.Gateway.Tests.Sockets;

/// <summary>The opening handshake (RFC 6455, 4.2).</summary>
public sealed class UpgradeTests
{
    [Fact]
    [Trait("row", "S5.14")]
    public async Task The_key_of_the_RFC_gets_the_answer_of_the_RFC()
    {
        await using var node = await GatewayNode.StartAsync();
        await using var client = await RawClient.ConnectAsync(node.EndPoint);
        await client.SendAsync(RawClient.Upgrade("/rooms/news/socket"));
        var head = await client.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nUpgrade: websocket\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: Upgrade\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Sec-WebSocket-Extensions", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Sec-WebSocket-Protocol", head, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n")]
    [InlineData("Connection: upgrade\r\nUpgrade: WebSocket\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: foo, websocket\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: chat\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n")]
    public async Task A_good_handshake_opens_however_it_is_written(string headers)
    {
        await using var node = await GatewayNode.StartAsync();
        Assert.StartsWith("HTTP/1.1 101 ", await AnswerAsync(node, RawClient.Upgrade("/rooms/news/socket?envelope=1", headers)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\n", "12", "dGhlIHNhbXBsZSBub25jZQ==", 426)]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\n", "13", "c2hvcnQ=", 400)]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\n", "13", "", 400)]
    [InlineData("Connection: Upgrade\r\nUpgrade: h2c\r\n", "13", "dGhlIHNhbXBsZSBub25jZQ==", 426)]
    [InlineData("Connection: keep-alive\r\nUpgrade: websocket\r\n", "13", "dGhlIHNhbXBsZSBub25jZQ==", 426)]
    [InlineData("Connection: keep-alive\r\n", "13", "dGhlIHNhbXBsZSBub25jZQ==", 426)]
    public async Task A_bad_handshake_is_refused_and_keeps_no_place(string headers, string version, string key, int status)
    {
        await using var node = await GatewayNode.StartAsync();
        var head = await AnswerAsync(node, RawClient.Upgrade("/rooms/news/socket", headers, version, key));
        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
        if (status == 426)
        {
            Assert.True(
                head.Contains("\r\nUpgrade: websocket\r\n", StringComparison.Ordinal) || head.Contains("\r\nSec-WebSocket-Version: 13\r\n", StringComparison.Ordinal), head);
        }

        Assert.Equal(0, node.Hub.ConnectionCount);
    }

    [Fact]
    public async Task HTTP_1_0_cannot_open_a_socket_but_can_publish_and_read_events()
    {
        await using var node = await GatewayNode.StartAsync();
        var upgrade = RawClient.Upgrade("/rooms/news/socket").Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal);
        Assert.Matches("^HTTP/1.[01] 4(00|26) ", await AnswerAsync(node, upgrade));

        await using var publisher = await RawClient.ConnectAsync(node.EndPoint);
        await publisher.SendAsync("POST /rooms/news/messages HTTP/1.0\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
        Assert.Contains(" 200 ", await publisher.ReadHeadAsync(), StringComparison.Ordinal);

        await using var reader = await RawClient.ConnectAsync(node.EndPoint);
        await reader.SendAsync("GET /rooms/news/events?since=start HTTP/1.0\r\n\r\n");
        var head = await reader.ReadHeadAsync();
        Assert.Contains(" 200 ", head, StringComparison.Ordinal);
        Assert.DoesNotContain("chunked", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("retry: 5000\n", System.Text.Encoding.ASCII.GetString(await reader.ReadAsync(12)));
    }

    [Fact]
    public async Task Frames_that_come_with_the_handshake_in_one_packet_are_read()
    {
        await using var node = await GatewayNode.StartAsync();
        await using var client = await RawClient.ConnectAsync(node.EndPoint);
        var upgrade = System.Text.Encoding.ASCII.GetBytes(RawClient.Upgrade("/rooms/news/socket"));
        await client.SendAsync([.. upgrade, .. RawClient.Frame(0x81, "early")]);
        await client.ReadHeadAsync();
        Assert.Equal("early"u8.ToArray(), (await client.ReadFrameAsync()).Payload);
    }

    private static async Task<string> AnswerAsync(GatewayNode node, string request)
    {
        await using var client = await RawClient.ConnectAsync(node.EndPoint);
        await client.SendAsync(request);
        return await client.ReadHeadAsync();
    }
}
