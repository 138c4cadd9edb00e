using System.Net;

namespace Broadcast.Gateway.Tests.Access;

/// <summary>Which web pages may talk to a node.</summary>
[Trait("row", "S4.2")]
[Trait("row", "S2.48")]
public sealed class OriginsTests
{
    private const string Allowed = "https://page.example";

    [Theory]
    [InlineData("https://page.example", true)]
    [InlineData("https://PAGE.example", true)]
    [InlineData("https://page.example.evil.example", false)]
    [InlineData("http://page.example", false)]
    [InlineData("https://page.example:8443", false)]
    [InlineData("http://evil.example", false)]
    [InlineData("null", false)]
    public async Task Another_origin_is_let_in_on_every_path_only_if_it_is_listed(string origin, bool isAllowed)
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:AllowedOrigins:0"] = Allowed });
        foreach (var (method, path) in ((string, string)[])[
            ("GET", "/rooms/news/events"), ("GET", "/events?room=news"), ("GET", "/rooms/news/messages"), ("POST", "/rooms/news/messages"), ("GET", "/rooms/news/presence"), ("GET", "/sources")])
        {
            using var answer = await node.SendAsync(new HttpMethod(method), path, ("Origin", origin));
            Assert.Equal((path, isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden), (path, answer.StatusCode));
            Assert.Equal(isAllowed, answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed) && allowed.Single() == origin);
            Assert.Equal(isAllowed, answer.Headers.Vary.Contains("Origin"));
        }

        using var preflight = await node.SendAsync(
            HttpMethod.Options, "/rooms/news/messages", ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type"));
        Assert.Equal(isAllowed ? HttpStatusCode.NoContent : HttpStatusCode.Forbidden, preflight.StatusCode);
        Assert.Equal(isAllowed, preflight.Headers.Contains("Access-Control-Allow-Methods"));
        Assert.Equal(isAllowed ? 101 : 403, await UpgradeAsync(node, origin));
    }

    [Fact]
    public async Task A_page_that_may_ask_can_read_why_it_was_refused()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:AllowedOrigins:0"] = Allowed });
        foreach (var path in (string[])["/rooms/no%20spaces/messages", "/rooms/no%20spaces/events", "/events?room=", "/rooms/news/messages?since=x", "/rooms/news/socket"])
        {
            using var answer = await node.SendAsync(HttpMethod.Get, path, ("Origin", Allowed));
            Assert.True((int)answer.StatusCode is 400 or 426, path);
            Assert.True(answer.Headers.Contains("Access-Control-Allow-Origin"), path);
        }
    }

    [Fact]
    public async Task A_pages_own_server_and_those_who_are_no_page_are_let_in()
    {
        await using var node = await GatewayNode.StartAsync();
        var own = $"http://127.0.0.1:{node.BaseAddress.Port}";
        using var page = await node.SendAsync(HttpMethod.Get, "/rooms/news/messages", ("Origin", own));
        using var behindTls = await node.SendAsync(HttpMethod.Get, "/rooms/news/messages", ("Origin", "https://name.example"), ("Host", "name.example"));
        using var none = await node.SendAsync(HttpMethod.Get, "/rooms/news/messages");
        using var otherPort = await node.SendAsync(HttpMethod.Get, "/rooms/news/messages", ("Origin", "http://127.0.0.1:1"));
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Forbidden),
            (page.StatusCode, behindTls.StatusCode, none.StatusCode, otherPort.StatusCode));
        Assert.Equal(101, await UpgradeAsync(node, "http://localhost"));
    }

    [Fact]
    public async Task A_star_lets_every_page_in()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:AllowedOrigins:0"] = "*" });
        using var answer = await node.SendAsync(HttpMethod.Get, "/rooms/news/messages", ("Origin", "http://any.example"));
        Assert.Equal("http://any.example", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
    }

    private static async Task<int> UpgradeAsync(GatewayNode node, string origin)
    {
        await using var client = await RawClient.ConnectAsync(node.EndPoint);
        await client.SendAsync(RawClient.Upgrade("/rooms/news/socket", $"Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: {origin}\r\n"));
        return int.Parse((await client.ReadHeadAsync()).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
