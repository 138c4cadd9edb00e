using System.Net;
using System.Text;
using System.Text.Json;

namespace Broadcast.Gateway.Tests.Messages;

/// <summary>What is wrong with a request is told with the right status, a code and one sentence, and does nothing.</summary>
public sealed class BadInputTests
{
    private const string Room = "news";
    private static readonly string s_long = new('x', 256);

    public static TheoryData<string, int, int> WrongReads => new()
    {
        { "/rooms/no%20spaces/messages", 400, 107 },
        { "/rooms/no%20spaces/events", 400, 107 },
        { "/rooms/no%20spaces/socket", 400, 107 },
        { "/rooms/no%20spaces/presence", 400, 107 },
        { $"/rooms/{s_long}/messages", 400, 107 },
        { "/events?heartbeat=always", 400, 107 },
        { "/events?room=", 400, 107 },
        { "/events?room=a&room=a", 400, 107 },
        { $"/events?{string.Join('&', Enumerable.Range(0, 17).Select(i => $"room=r{i}"))}", 400, 107 },
        { "/events?room=a&room=b&since=1.x", 400, 107 },
        { "/rooms/news/messages?since=yesterday", 400, 107 },
        { "/rooms/news/messages?since=-1.x", 400, 107 },
        { "/rooms/news/messages?limit=many", 400, 107 },
        { "/rooms/news/messages?limit=-1", 400, 107 },
        { "/rooms/news/messages?limit=1001", 400, 107 },
        { "/rooms/news/events?since=yesterday", 400, 107 },
        { "/rooms/news/events?last_event_id=yesterday", 400, 107 },
        { "/rooms/news/socket?since=yesterday", 400, 107 },
        { "/rooms/news/socket", 426, 107 },
        { "/connections/nobody", 404, 102 },
    };

    [Theory]
    [MemberData(nameof(WrongReads))]
    [Trait("row", "S4.14")]
    public async Task A_wrong_read_is_refused_with_a_sentence(string path, int status, int code)
    {
        await using var node = await GatewayNode.StartAsync();
        using var answer = await node.SendAsync(HttpMethod.Get, path);
        await IsRefusedAsync(answer, status, code);
        Assert.Equal(0, node.Hub.ConnectionCount);
    }

    public static TheoryData<string, string, byte[], string?, int, int> WrongPublications => new()
    {
        { "a bad room", "no spaces", "x"u8.ToArray(), "text/plain", 400, 107 },
        { "JSON that is not", Room, "{nonsense"u8.ToArray(), "application/json", 400, 107 },
        { "JSON that is two values", Room, "1 2"u8.ToArray(), "application/json", 400, 107 },
        { "JSON that is nothing", Room, [], "application/json", 400, 107 },
        { "JSON by suffix that is not", Room, "<x/>"u8.ToArray(), "application/problem+json", 400, 107 },
        { "text that is not UTF-8", Room, [0xC3, 0x28], "text/plain", 400, 107 },
        { "text without a type that is not UTF-8", Room, [0xC3, 0x28], null, 400, 107 },
        { "a type that is none", Room, "x"u8.ToArray(), "no type", 400, 107 },
        { "a body over the limit", Room, new byte[1_025], "application/octet-stream", 413, 106 },
    };

    [Theory]
    [MemberData(nameof(WrongPublications))]
    [Trait("row", "S4.14")]
    public async Task A_wrong_publication_is_refused_and_nothing_is_published(string what, string room, byte[] body, string? type, int status, int code)
    {
        await using var node = await StartSmallAsync();
        using var answer = await node.PostAsync(room, body, type);
        await IsRefusedAsync(answer, status, code);
        Assert.True((await node.Hub.PositionAsync(Room)).Offset == 0, what);
    }

    public static TheoryData<string> WrongDescriptions => new(
        $"?key={s_long}", $"?event={s_long}", "?event=a%0Ab", "?tag=novalue", "?tag=:v", "?tag=a:1&tag=a:2",
        $"?{string.Join('&', Enumerable.Range(0, 33).Select(i => $"tag=t{i}:v"))}");

    [Theory]
    [MemberData(nameof(WrongDescriptions))]
    public async Task A_wrong_description_of_a_publication_is_refused(string query)
    {
        await using var node = await StartSmallAsync();
        using var answer = await node.PostAsync(Room, "x", query: query);
        await IsRefusedAsync(answer, 400, 107);
        Assert.Equal(0u, (await node.Hub.PositionAsync(Room)).Offset);
    }

    [Theory]
    [InlineData(Way.Direct)]
    [InlineData(Way.Http2)]
    [InlineData(Way.InMemory)]
    [Trait("row", "S4.14")]
    public async Task A_body_of_unknown_length_over_the_limit_is_refused_and_the_connection_goes_on(Way way)
    {
        await using var node = await StartSmallAsync(way);
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, node.Address($"/rooms/{Room}/messages"))
            {
                Content = new UnknownLength(new byte[10_000 * i]),
                Version = way == Way.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var answer = await node.Http.SendAsync(request).WaitAsync(Wait.Patience);
            Assert.Equal(i == 0 ? HttpStatusCode.OK : HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        }

        Assert.Equal(1u, (await node.Hub.PositionAsync(Room)).Offset);
    }

    [Fact]
    [Trait("row", "S4.14")]
    public async Task A_chunked_body_over_the_limit_is_refused_although_it_has_not_ended()
    {
        await using var node = await StartSmallAsync();
        await using var client = await RawClient.ConnectAsync(node.EndPoint);
        await client.SendAsync($"POST /rooms/{Room}/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n{new string('x', 0x800)}\r\n");
        Assert.StartsWith("HTTP/1.1 413 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(0u, (await node.Hub.PositionAsync(Room)).Offset);
    }

    [Fact]
    public async Task This_limit_counts_and_not_the_servers_own()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:MaxMessageBytes"] = $"{40 << 20}" });
        using var answer = await node.PostAsync(Room, new byte[35 << 20], "application/octet-stream");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task What_does_not_exist_is_404_and_what_cannot_be_done_405()
    {
        await using var node = await GatewayNode.StartAsync();
        foreach (var path in (string[])["/nothing", "/rooms/news", "/rooms/news/nothing", "/rooms//messages", "/page/nothing.js"])
        {
            using var none = await node.SendAsync(HttpMethod.Get, path);
            Assert.Equal((path, HttpStatusCode.NotFound), (path, none.StatusCode));
        }

        using var delete = await node.SendAsync(HttpMethod.Delete, "/rooms/news/messages");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, delete.StatusCode);
    }

    [Fact]
    public async Task Headers_alone_may_be_asked_for_where_an_answer_ends()
    {
        await using var node = await GatewayNode.StartAsync();
        foreach (var path in (string[])["/", "/rooms/news/messages", "/rooms/news/presence", "/sources", "/health/live", "/health/ready"])
        {
            using var head = await node.SendAsync(HttpMethod.Head, path);
            Assert.Equal((path, HttpStatusCode.OK), (path, head.StatusCode));
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }

        using var stream = await node.SendAsync(HttpMethod.Head, "/rooms/news/events");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, stream.StatusCode);
    }

    [Fact]
    public async Task No_right_is_403_on_every_path()
    {
        await using var node = await GatewayNode.StartAsync(settings: new()
        {
            ["Broadcast:Rooms:0:Subscribe"] = "Nobody",
            ["Broadcast:Rooms:0:Publish"] = "Nobody",
            ["Broadcast:Rooms:0:Presence"] = "Nobody",
            ["Broadcast:Operators"] = "Nobody",
        });
        foreach (var path in (string[])["/rooms/news/messages", "/rooms/news/events", "/events?room=news", "/rooms/news/socket", "/rooms/news/presence", "/nodes", "/sources", "/connections/x"])
        {
            using var answer = await node.SendAsync(HttpMethod.Get, path);
            await IsRefusedAsync(answer, 403, 103);
        }

        using var post = await node.PostAsync(Room, "x");
        await IsRefusedAsync(post, 403, 103);
        using var pause = await node.SendAsync(HttpMethod.Post, "/connections/x/pause");
        await IsRefusedAsync(pause, 403, 103);
        Assert.Equal(0u, (await node.Hub.PositionAsync(Room)).Offset);
    }

    [Fact]
    public async Task Over_the_limit_of_connections_is_503_until_a_place_is_given_back()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:Hub:MaxConnections"] = "2" });
        var first = await node.SocketAsync(Room);
        await node.EventsAsync($"/rooms/{Room}/events");
        foreach (var path in (string[])["/rooms/news/events", "/events?room=a&room=b"])
        {
            using var refused = await node.SendAsync(HttpMethod.Get, path);
            await IsRefusedAsync(refused, 503, 106);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        await using (var raw = await RawClient.ConnectAsync(node.EndPoint))
        {
            await raw.SendAsync(RawClient.Upgrade("/rooms/news/socket"));
            var head = await raw.ReadHeadAsync();
            Assert.StartsWith("HTTP/1.1 503 ", head, StringComparison.Ordinal);
            Assert.Contains("\r\nRetry-After: ", head, StringComparison.Ordinal);
        }

        Assert.Equal(2, node.Hub.ConnectionCount);
        await first.CloseAsync(1000);
        await Wait.UntilAsync(() => node.Hub.ConnectionCount == 1, "the place is given back");
        await node.SocketAsync(Room);
    }

    [Fact]
    [Trait("row", "S3.14")]
    public async Task The_same_idempotency_key_is_stored_once_and_answered_alike()
    {
        await using var node = await GatewayNode.StartAsync();
        var answers = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, node.Address($"/rooms/{Room}/messages")) { Content = new StringContent("once") };
            request.Headers.Add("Idempotency-Key", "k");
            using var answer = await node.Http.SendAsync(request);
            answers.Add(await answer.Content.ReadAsStringAsync());
        }

        Assert.Single(answers);
        Assert.Equal(1u, (await node.Hub.PositionAsync(Room)).Offset);
    }

    private static async Task IsRefusedAsync(HttpResponseMessage answer, int status, int code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode}: {text}");
        var error = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetInt32());
        Assert.Matches(@"^\S+ .+\.$", error.GetProperty("message").GetString());
    }

    private static Task<GatewayNode> StartSmallAsync(Way way = Way.Direct) =>
        GatewayNode.StartAsync(way, new() { ["Broadcast:MaxMessageBytes"] = "1024" });

    private sealed class UnknownLength(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
