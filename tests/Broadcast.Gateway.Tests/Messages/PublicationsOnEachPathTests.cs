using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Broadcast.Gateway.Tests.Messages;

/// <summary>The table "What a publication becomes" of docs/protocol.md: every kind, from every path, on every path.</summary>
[Trait("row", "S1.16")]
[Trait("row", "S1.15")]
public sealed class PublicationsOnEachPathTests
{
    private const string Room = "news";
    private const string Words = "Grüße,\n世界\r👋\r\n\"<&>\"";
    private const string Json = "{\r\n  \"a\": [1,\n 2],\n\t\"b\": \"x\\ny\"}";
    private static readonly byte[] s_bytes = [0, 1, 2, 10, 13, 253, 254, 255];

    public static TheoryData<string, ContentKind> Paths => new()
    {
        { "POST of application/json", ContentKind.Json },
        { "POST of application/geo+json; charset=utf-8", ContentKind.Json },
        { "POST of text/markdown", ContentKind.Text },
        { "POST of application/x-www-form-urlencoded", ContentKind.Text },
        { "POST of ", ContentKind.Text },
        { "POST of application/octet-stream", ContentKind.Binary },
        { "POST of image/png", ContentKind.Binary },
        { "bare text frame", ContentKind.Text },
        { "bare binary frame", ContentKind.Binary },
        { "envelope binary frame", ContentKind.Binary },
        { "command with data", ContentKind.Json },
        { "command with text", ContentKind.Text },
        { "command with b64", ContentKind.Binary },
    };

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task It_arrives_right_on_every_path(string path, ContentKind kind)
    {
        await using var node = await GatewayNode.StartAsync();
        var bare = await node.SocketAsync(Room);
        var enveloped = await node.EnvelopeAsync(Room);
        var events = await node.EventsAsync($"/rooms/{Room}/events");
        var inEnvelopes = await node.EventsAsync($"/rooms/{Room}/events?envelope=1");
        var several = await node.EventsAsync($"/events?room=other&room={Room}");
        await PublishAsync(node, path);

        var frame = await bare.ReadAsync();
        Assert.Equal(kind == ContentKind.Binary ? WebSocketMessageType.Binary : WebSocketMessageType.Text, frame.Type);
        Assert.Equal(Payload(kind), frame.Bytes);
        IsEnvelope(await enveloped.ReadTextAsync(), kind);
        IsEnvelope((await inEnvelopes.ReadDataAsync()).Data!, kind);
        foreach (var stream in (ClientEvents[])[events, several])
        {
            var read = await stream.ReadDataAsync();
            Assert.Equal(kind == ContentKind.Binary ? "binary" : null, read.Event);
            Assert.Equal(
                kind switch
                {
                    ContentKind.Binary => Convert.ToBase64String(s_bytes),
                    ContentKind.Text => Words.ReplaceLineEndings("\n"),
                    _ => Json.ReplaceLineEndings("\n"),
                },
                read.Data);
        }

        using var history = await node.SendAsync(HttpMethod.Get, $"/rooms/{Room}/messages");
        var page = JsonSerializer.Deserialize<JsonElement>(await history.Content.ReadAsStringAsync());
        IsEnvelope(page.GetProperty("messages").EnumerateArray().Single().GetRawText(), kind);
    }

    [Fact]
    [Trait("row", "S4.5")]
    public async Task What_goes_with_it_goes_along()
    {
        await using var node = await GatewayNode.StartAsync();
        var enveloped = await node.EnvelopeAsync(Room);
        var events = await node.EventsAsync($"/rooms/{Room}/events");
        using var answer = await node.PostAsync(Room, s_bytes, "application/octet-stream", "?event=alarm&key=kitchen&tag=floor:2&tag=at:12:30");
        var said = await enveloped.ReadJsonAsync();
        Assert.Equal(("alarm", "kitchen"), (said.GetProperty("event").GetString(), said.GetProperty("key").GetString()));
        Assert.Equal("""{"floor":"2","at":"12:30"}""", said.GetProperty("tags").GetRawText());
        var read = await events.ReadDataAsync();
        Assert.Equal(("alarm", Convert.ToBase64String(s_bytes)), (read.Event, read.Data));
        var position = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        Assert.Equal(read.Id, position.GetProperty("position").GetString());
        Assert.Equal(1, position.GetProperty("offset").GetInt32());
    }

    [Theory]
    [InlineData("a/b#c:d@e$f.g_h-i")]
    [InlineData("/")]
    public async Task A_room_is_the_same_however_its_name_is_written_in_the_path(string room)
    {
        foreach (var way in (Way[])[Way.Direct, Way.InMemory])
        {
            await using var node = await GatewayNode.StartAsync(way);
            var bare = await node.SocketAsync(room);
            var events = await node.EventsAsync($"/rooms/{Uri.EscapeDataString(room)}/events");
            var several = await node.EventsAsync($"/events?room={Uri.EscapeDataString(room)}");
            using var answer = await node.PostAsync(room, "x");
            Assert.True(answer.IsSuccessStatusCode);
            Assert.Equal("x", await bare.ReadTextAsync());
            Assert.Equal("x", (await events.ReadDataAsync()).Data);
            Assert.Equal("x", (await several.ReadDataAsync()).Data);
            Assert.NotNull(node.Hub.FindRoom(room));
        }
    }

    private static byte[] Payload(ContentKind kind) => kind switch
    {
        ContentKind.Binary => s_bytes,
        ContentKind.Text => Encoding.UTF8.GetBytes(Words),
        _ => Encoding.UTF8.GetBytes(Json),
    };

    private static async Task PublishAsync(GatewayNode node, string path)
    {
        if (path.StartsWith("POST of ", StringComparison.Ordinal))
        {
            var type = path["POST of ".Length..];
            var kind = type.Contains("json", StringComparison.Ordinal) ? ContentKind.Json
                : type.Contains("octet", StringComparison.Ordinal) || type.Contains("png", StringComparison.Ordinal) ? ContentKind.Binary
                : ContentKind.Text;
            using var answer = await node.PostAsync(Room, Payload(kind), type.Length > 0 ? type : null);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            return;
        }

        var socket = path.StartsWith("bare", StringComparison.Ordinal) ? await node.SocketAsync(Room) : await node.EnvelopeAsync(Room);
        await (path switch
        {
            "bare text frame" => socket.SendAsync(Words),
            "bare binary frame" or "envelope binary frame" => socket.SendAsync(s_bytes),
            "command with data" => socket.SendAsync($$$"""{"id":1,"publish":{"data":{{{Json}}}}}"""),
            "command with text" => socket.SendAsync($$$"""{"id":1,"publish":{"kind":"text","data":{{{JsonSerializer.Serialize(Words)}}}}}"""),
            _ => socket.SendAsync($$$"""{"id":1,"publish":{"b64":"{{{Convert.ToBase64String(s_bytes)}}}"}}"""),
        });
    }

    private static void IsEnvelope(string text, ContentKind kind)
    {
        Assert.DoesNotContain('\n', text);
        var said = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.Equal((Room, 1), (said.GetProperty("room").GetString(), said.GetProperty("offset").GetInt32()));
        Assert.StartsWith("1.", said.GetProperty("position").GetString(), StringComparison.Ordinal);
        switch (kind)
        {
            case ContentKind.Binary:
                Assert.Equal("binary", said.GetProperty("kind").GetString());
                Assert.Equal(s_bytes, said.GetProperty("b64").GetBytesFromBase64());
                break;
            case ContentKind.Text:
                Assert.Equal("text", said.GetProperty("kind").GetString());
                Assert.Equal(Words, said.GetProperty("data").GetString());
                break;
            default:
                Assert.Equal("json", said.GetProperty("kind").GetString());
                Assert.True(JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(Json), said.GetProperty("data")));
                break;
        }
    }
}
