using System.Buffers.Binary;
using System.Text;

namespace Broadcast.Gateway.Tests.Sockets;

/// <summary>RFC 6455 over the wire, with clients that break it.</summary>
public sealed class StrictnessTests
{
    private const int Final = 0x80;
    private const int Text = 1;
    private const int Binary = 2;
    private const int Close = 8;
    private const int Ping = 9;

    private static byte[] CloseBody(int code, params byte[] reason)
    {
        var body = new byte[2 + reason.Length];
        BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)code);
        reason.CopyTo(body, 2);
        return body;
    }

    public static TheoryData<string, byte[], int> Wrong => new()
    {
        { "an unmasked frame", RawClient.Frame(Final | Text, "text"u8, masked: false), 1002 },
        { "a reserved bit", RawClient.Frame(Final | 0x40 | Text, "text"), 1002 },
        { "the other reserved bits", RawClient.Frame(Final | 0x30 | Text, "text"), 1002 },
        { "a reserved opcode", RawClient.Frame(Final | 3, "text"), 1002 },
        { "a reserved control opcode", RawClient.Frame(Final | 0xB, "text"), 1002 },
        { "a fragmented ping", RawClient.Frame(Ping, "text"), 1002 },
        { "a long ping", RawClient.Frame(Final | Ping, new string('x', 126)), 1002 },
        { "a continuation of nothing", RawClient.Frame(Final, "text"), 1002 },
        { "a message inside a fragmented one", [.. RawClient.Frame(Text, "te"), .. RawClient.Frame(Final | Text, "xt")], 1002 },
        { "a close code of one byte", RawClient.Frame(Final | Close, "x"), 1002 },
        { "close code 1005", RawClient.Frame(Final | Close, CloseBody(1005)), 1002 },
        { "close code 1006", RawClient.Frame(Final | Close, CloseBody(1006)), 1002 },
        { "close code 999", RawClient.Frame(Final | Close, CloseBody(999)), 1002 },
        { "close code 5000", RawClient.Frame(Final | Close, CloseBody(5000)), 1002 },
        { "a close reason that is not UTF-8", RawClient.Frame(Final | Close, CloseBody(1000, 0xFF)), 1007 },
        { "text that is not UTF-8", RawClient.Frame(Final | Text, [0xC3, 0x28]), 1007 },
        { "text that ends inside a character", RawClient.Frame(Final | Text, [0xE2, 0x82]), 1007 },
        { "a message over the limit", RawClient.Frame(Final | Binary, new byte[1_025]), 1009 },
        { "fragments over the limit", [.. RawClient.Frame(Binary, new byte[1_000]), .. RawClient.Frame(Final, new byte[25])], 1009 },
        { "a header that announces too much", [Final | Binary, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0], 1009 },
        { "too many fragments", [.. RawClient.Frame(Text, "x"), .. Enumerable.Range(0, 8).SelectMany(_ => RawClient.Frame(0, "x"))], 1009 },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    [Trait("row", "S5.15")]
    public async Task A_client_that_breaks_the_protocol_is_told_how_and_leaves_nothing_behind(string what, byte[] sent, int code)
    {
        await using var node = await StartAsync();
        await using var client = await RawClient.OpenAsync(node, "/rooms/news/socket");
        await client.SendAsync(sent);
        Assert.Equal(code, await client.ReadCloseAsync());
        Assert.Empty(await client.ReadToEndAsync());
        await node.AllGoneAsync();
        Assert.True((await node.Hub.PositionAsync("news")).Offset == 0, $"Something was published by {what}.");
    }

    [Fact]
    [Trait("row", "S5.15")]
    public async Task A_ping_between_fragments_is_answered_and_the_message_arrives_whole()
    {
        await using var node = await StartAsync();
        await using var client = await RawClient.OpenAsync(node, "/rooms/news/socket");
        await client.SendAsync([.. RawClient.Frame(Text, "one "), .. RawClient.Frame(Final | Ping, "between"), .. RawClient.Frame(0, "two "), .. RawClient.Frame(Final, "three")]);
        var (pong, payload) = await client.ReadFrameAsync();
        Assert.Equal((Opcode.Pong, "between"), (pong, Encoding.UTF8.GetString(payload)));
        var (opcode, message) = await client.ReadFrameAsync();
        Assert.Equal((Opcode.Text, "one two three"), (opcode, Encoding.UTF8.GetString(message)));
    }

    [Fact]
    [Trait("row", "S5.15")]
    public async Task Frames_cut_anywhere_are_read_as_if_they_were_whole()
    {
        await using var node = await StartAsync();
        await using var client = await RawClient.OpenAsync(node, "/rooms/news/socket");
        byte[] stream = [.. RawClient.Frame(Text, "Grüße, "), .. RawClient.Frame(Final, "世界 👋"), .. RawClient.Frame(Final | Binary, new byte[300])];
        foreach (var one in stream)
        {
            await client.SendAsync([one]);
        }

        Assert.Equal("Grüße, 世界 👋", Encoding.UTF8.GetString((await client.ReadFrameAsync()).Payload));
        Assert.Equal(new byte[300], (await client.ReadFrameAsync()).Payload);
    }

    [Fact]
    [Trait("row", "S1.6")]
    public async Task A_pong_for_a_client_in_the_middle_of_a_frame_waits_for_the_end_of_that_frame()
    {
        await using var node = await GatewayNode.StartAsync();
        await using var client = await RawClient.OpenAsync(node, "/rooms/news/socket", receiveBuffer: 4_096);
        var payload = new string('x', 60 << 10);
        const int Published = 200;
        var parked = false;
        using var listener = new MetricListener(node.Hub.Metrics.Parked, () => Volatile.Write(ref parked, true));
        for (var i = 0; i < Published; i++)
        {
            await node.PublishAsync("news", payload);
        }

        await Wait.UntilAsync(() => Volatile.Read(ref parked), "a client that does not read is parked");
        await client.SendAsync(RawClient.Frame(Final | Ping, "now"));
        await node.PublishAsync("news", "last");
        var pongs = 0;
        for (var frames = 0; frames <= Published;)
        {
            var (opcode, body) = await client.ReadFrameAsync();
            if (opcode == Opcode.Pong)
            {
                Assert.Equal("now", Encoding.UTF8.GetString(body));
                pongs++;
                continue;
            }

            Assert.Equal(frames++ == Published ? "last" : payload, Encoding.UTF8.GetString(body));
        }

        Assert.Equal(1, pongs);
    }

    [Fact]
    [Trait("row", "S5.16")]
    public async Task A_close_is_answered_and_the_server_ends_the_connection_first()
    {
        await using var node = await StartAsync();
        foreach (var (body, code) in ((byte[], int)[])[(CloseBody(1000), 1000), (CloseBody(4999, (byte)'x'), 4999), ([], 1005)])
        {
            await using var client = await RawClient.OpenAsync(node, "/rooms/news/socket");
            await client.SendAsync(RawClient.Frame(Final | Close, body));
            Assert.Equal(code, await client.ReadCloseAsync());
            Assert.Empty(await client.ReadToEndAsync());
        }

        await node.AllGoneAsync();
    }

    [Fact]
    [Trait("row", "S5.16")]
    public async Task A_client_that_shows_no_sign_of_life_is_ended_with_3012()
    {
        await using var node = await GatewayNode.StartAsync(settings: new()
        {
            ["Broadcast:Hub:Connections:Heartbeat"] = "00:00:00.2",
            ["Broadcast:Hub:Connections:PongTimeout"] = "00:00:00.2",
        });
        await using var client = await RawClient.OpenAsync(node, "/rooms/news/socket");
        Assert.Equal(3012, await client.ReadCloseAsync());
        await node.AllGoneAsync();
    }

    private static Task<GatewayNode> StartAsync() => GatewayNode.StartAsync(settings: new()
    {
        ["Broadcast:MaxMessageBytes"] = "1024",
        ["Broadcast:MaxFragments"] = "8",
    });
}
