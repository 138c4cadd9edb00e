using System.Net;
using System.Text;

namespace Broadcast.SystemTests;

/// <summary>docker/nginx.conf before real nodes, and before some that fail.</summary>
public sealed class NginxTests
{
    private const string Full = "503 Service Unavailable";
    private const string Accepted = "200 OK";

    [NginxFact]
    public async Task Sockets_streams_and_requests_pass_and_each_message_comes_when_it_was_published()
    {
        await using var node = await ServerNode.StartAsync();
        await using var nginx = await Nginx.StartAsync(node.Port, node.Port, node.Port);
        using var http = Client(nginx);

        // A room with a slash in its name, which nginx sees decoded.
        using var socket = await SocketClient.OpenAsync(nginx.Port, "a%2Fb");
        var (stream, head) = await RawSocket.GetAsync(nginx.Port, "/rooms/a%2Fb/events?since=start", "Accept: text/event-stream\r\n", 0);
        using var _ = stream;
        Assert.Contains("text/event-stream", head, StringComparison.Ordinal);

        // The stream has no end, so what comes has not waited for one.
        for (var i = 0; i < 3; i++)
        {
            using var published = await http.PostAsync("/rooms/a%2Fb/messages", new StringContent($"hello {i}"));
            Assert.Equal(HttpStatusCode.OK, published.StatusCode);
            Assert.Equal($"hello {i}", (await socket.NextAsync()).Json.GetProperty("data").GetString());
            Assert.NotNull(await Until.DoneAsync(stream.ReadToAsync(Encoding.ASCII.GetBytes($"data: hello {i}\n")).AsTask(), () => "The event does not come."));
        }

        await socket.SendTextAsync("""{"id":1,"publish":{"data":"and back"}}""");
        Assert.NotNull(await Until.DoneAsync(stream.ReadToAsync("data: \"and back\"\n"u8.ToArray()).AsTask(), () => "The event does not come."));
        Assert.Equal("ready", await http.GetStringAsync("/health/ready"));
        Assert.Contains("<html", await http.GetStringAsync("/"), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("hello 2", await http.GetStringAsync("/rooms/a%2Fb/messages"), StringComparison.Ordinal);
        await node.AssertNoFaultAsync();
    }

    [NginxFact]
    public async Task A_page_of_the_proxys_own_origin_may_connect()
    {
        await using var node = await ServerNode.StartAsync();
        await using var nginx = await Nginx.StartAsync(node.Port, node.Port, node.Port);
        using var http = Client(nginx);

        Assert.Equal(HttpStatusCode.OK, await AskAsync(http, HttpMethod.Get, "/rooms/news/messages", ("Origin", http.BaseAddress!.GetLeftPart(UriPartial.Authority))));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(http, HttpMethod.Get, "/rooms/news/messages", ("Origin", "http://elsewhere.example")));
    }

    [NginxFact]
    public async Task A_publication_is_not_repeated_without_a_key()
    {
        await using var nodes = new FakeNodes(null);
        await using var nginx = await nodes.InFrontAsync();
        using var http = Client(nginx);

        Assert.Equal(HttpStatusCode.BadGateway, await AskAsync(http, HttpMethod.Post, "/rooms/news/messages"));
        Assert.Equal(1, nodes.Requests);
    }

    [NginxFact]
    public async Task A_publication_with_a_key_goes_to_the_next_node_with_its_body()
    {
        await using var nodes = new FakeNodes(null);
        await using var nginx = await nodes.InFrontAsync();
        using var http = Client(nginx);

        Assert.Equal(HttpStatusCode.BadGateway, await AskAsync(http, HttpMethod.Post, "/rooms/news/messages", ("Idempotency-Key", "k1")));
        Assert.Equal(3, nodes.Requests);
        Assert.All(nodes.Heads, h => Assert.StartsWith("POST /rooms/news/messages HTTP/1.1\r\n", h, StringComparison.Ordinal));
        Assert.All(nodes.Heads, h => Assert.Contains("\r\nContent-Length: 1\r\n", h, StringComparison.OrdinalIgnoreCase));
    }

    [NginxFact]
    public async Task A_refused_publication_is_repeated_only_with_a_key()
    {
        await using var nodes = new FakeNodes(Full);
        await using var nginx = await nodes.InFrontAsync();
        using var http = Client(nginx);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync(http, HttpMethod.Post, "/rooms/news/messages"));
        Assert.Equal(1, nodes.Requests);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync(http, HttpMethod.Post, "/rooms/news/messages", ("Idempotency-Key", "k1")));
        Assert.Equal(4, nodes.Requests);
    }

    [NginxFact]
    public async Task A_client_that_a_node_does_not_take_is_offered_to_the_others_and_told_what_the_last_one_says()
    {
        await using var nodes = new FakeNodes(Full);
        await using var nginx = await nodes.InFrontAsync();
        using var http = Client(nginx);

        foreach (var path in (string[])["/rooms/news/events", "/events", "/connection/websocket", "/rooms/news/socket", "/health/ready"])
        {
            var before = nodes.Requests;
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync(http, HttpMethod.Get, path));
            Assert.Equal((path, 3), (path, nodes.Requests - before));
        }
    }

    [NginxFact]
    public async Task A_node_that_is_gone_costs_nobody_anything()
    {
        int gone;
        await using (var was = new FakeNode(Accepted))
        {
            gone = was.Port;
        }

        await using var node = new FakeNode(Accepted);
        await using var nginx = await Nginx.StartAsync(gone, node.Port, gone);
        using var http = Client(nginx);

        for (var i = 0; i < 6; i++)
        {
            // Nothing was sent where nobody listens, so that a publication may go to the next one too.
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, HttpMethod.Post, "/rooms/news/messages"));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, HttpMethod.Get, "/rooms/news/events"));
        }

        Assert.Equal(12, node.Requests.Count);
    }

    [NginxFact]
    public async Task The_node_is_told_who_asks_by_nginx_alone()
    {
        await using var nodes = new FakeNodes(Accepted);
        await using var nginx = await nodes.InFrontAsync();
        using var http = Client(nginx);

        await AskAsync(
            http, HttpMethod.Post, "/rooms/news/messages", ("X-Forwarded-For", "192.0.2.1"), ("X-Real-IP", "192.0.2.1"), ("Forwarded", "for=192.0.2.1"), ("X-Forwarded-Proto", "https"));
        var head = Assert.Single(nodes.Heads);
        Assert.DoesNotContain("192.0.2.1", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Forwarded-For: 127.0.0.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Real-IP: 127.0.0.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Forwarded-Proto: http\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nHost: 127.0.0.1:{nginx.Port}\r\n", head, StringComparison.Ordinal);
    }

    [NginxFact]
    public async Task What_stands_in_a_query_is_not_logged()
    {
        await using var nodes = new FakeNodes(null);
        await using var nginx = await nodes.InFrontAsync();
        using var http = Client(nginx);

        await AskAsync(http, HttpMethod.Get, "/rooms/news/events?token=secret");
        var log = await nginx.LogOfAsync("/rooms/news/events");
        Assert.Contains(" 502 ", log, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", log, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", await nginx.StopAsync(), StringComparison.Ordinal);
    }

    private static HttpClient Client(Nginx nginx) =>
        new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{nginx.Port}"), Timeout = Until.Patience };

    private static async Task<HttpStatusCode> AskAsync(HttpClient http, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = method == HttpMethod.Post ? new StringContent("x") : null };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
