using System.Net;
using System.Text.Json;

namespace Broadcast.Gateway.Tests;

/// <summary>Each right, on each path that asks for it, for each kind of caller.</summary>
public sealed class RightsTests
{
    private const string Nobody = "";
    private const string Everybody = "anonymous local token token-for-room other-token user";

    /// <summary>Who passes, besides those with an API key, who always do.</summary>
    private static readonly Dictionary<string, string> s_passing = new()
    {
        ["Nobody"] = Nobody,
        ["ApiKey"] = Nobody,
        ["Loopback"] = "local",
        ["Token"] = "token-for-room",
        ["SignedIn"] = "token token-for-room other-token user",
        ["Anyone"] = Everybody,
        ["Loopback, SignedIn"] = "local token token-for-room other-token user",
        ["Token, ApiKey"] = "token-for-room",
    };

    public static TheoryData<string> Rights => [.. s_passing.Keys];

    [Theory, MemberData(nameof(Rights))]
    public Task Subscribing_by_socket_is_for_whom_the_right_names(string who) =>
        PassAsync(who, "subscribe", async (node, caller) => (await node.ConnectAsync("/rooms/r/socket", caller)).Status);

    [Theory, MemberData(nameof(Rights))]
    public Task Subscribing_by_event_stream_is_for_whom_the_right_names(string who) =>
        PassAsync(who, "subscribe", (node, caller) => StatusAsync(node.GetAsync("/rooms/r/events", caller)));

    [Theory, MemberData(nameof(Rights))]
    public Task An_event_stream_of_several_rooms_needs_the_right_for_each(string who) =>
        PassAsync(who, "subscribe", (node, caller) => StatusAsync(node.GetAsync("/events?room=open&room=r", caller)));

    [Theory, MemberData(nameof(Rights)), Trait("row", "S2.48"), Trait("row", "S4.14")]
    public Task Publishing_by_POST_is_for_whom_the_right_names(string who) =>
        PassAsync(who, "publish", (node, caller) => StatusAsync(node.PostAsync("r", caller)));

    [Theory, MemberData(nameof(Rights)), Trait("row", "S4.14")]
    public Task Publishing_by_broadcast_is_for_whom_the_right_names(string who) =>
        PassAsync(who, "publish", (node, caller) => StatusAsync(node.BroadcastAsync("""{"message":"hello","room":"r"}""", caller)));

    [Theory, MemberData(nameof(Rights)), Trait("row", "S2.48")]
    public Task Publishing_in_envelopes_is_for_whom_the_right_names(string who) => PassAsync(who, "publish", async (node, caller) =>
    {
        var socket = await node.SocketAsync("/rooms/r/socket?envelope=1", caller);
        var answer = await IdentityNode.AskAsync(socket, """{"id":1,"publish":{"data":1}}""");
        return !answer.TryGetProperty("error", out var error) ? 200 : error.GetProperty("code").GetInt32() == 103 ? 403 : 500;
    });

    [Theory, MemberData(nameof(Rights)), Trait("row", "S2.48")]
    public Task Publishing_on_a_bare_socket_is_for_whom_the_right_names(string who) => PassAsync(who, "publish", async (node, caller) =>
    {
        var socket = await node.SocketAsync("/rooms/r/socket", caller);
        await IdentityNode.SendAsync(socket, "hello");
        var said = await IdentityNode.ReadAsync(socket);
        return said == "hello" ? 200 : said == "close 3507 permission denied" ? 403 : 500;
    });

    [Theory]
    [InlineData("subscribe", "\"subscribe\":{\"channel\":\"r\"}")]
    [InlineData("publish", "\"publish\":{\"channel\":\"r\",\"data\":1}")]
    [InlineData("history", "\"history\":{\"channel\":\"r\",\"limit\":1}")]
    [InlineData("presence", "\"presence\":{\"channel\":\"r\"}")]
    [InlineData("presence", "\"presence_stats\":{\"channel\":\"r\"}")]
    [Trait("row", "S2.48")]
    public async Task Each_command_of_the_Centrifuge_protocol_is_for_whom_its_right_names(string right, string command)
    {
        foreach (var who in s_passing.Keys)
        {
            await PassAsync(who, right, async (node, caller) =>
            {
                var socket = await node.SocketAsync("/connection/websocket", caller);
                await IdentityNode.AskAsync(socket, "{\"id\":1,\"connect\":{}}");
                var answer = await IdentityNode.AskAsync(socket, $"{{\"id\":2,{command}}}");
                var code = answer.TryGetProperty("error", out var error) ? error.GetProperty("code").GetInt32() : 0;

                // 105: its token names the room, and the server has subscribed it.
                return code is 0 or 105 ? 200 : code == 103 ? 403 : 500;
            });
        }
    }

    [Theory, MemberData(nameof(Rights)), Trait("row", "S1.22")]
    public Task Reading_history_by_GET_is_for_whom_the_right_names(string who) =>
        PassAsync(who, "history", (node, caller) => StatusAsync(node.GetAsync("/rooms/r/messages", caller)));

    [Theory, MemberData(nameof(Rights)), Trait("row", "S1.22")]
    public Task Beginning_an_event_stream_in_the_past_is_for_whom_the_right_names(string who) =>
        PassAsync(who, "history", (node, caller) => StatusAsync(node.GetAsync("/rooms/r/events", [.. caller, ("Last-Event-ID", "start")])));

    [Theory, MemberData(nameof(Rights)), Trait("row", "S1.22")]
    public Task Beginning_a_socket_in_the_past_is_for_whom_the_right_names(string who) =>
        PassAsync(who, "history", async (node, caller) => (await node.ConnectAsync("/rooms/r/socket?since=start", caller)).Status);

    [Theory, MemberData(nameof(Rights))]
    public Task Seeing_presence_is_for_whom_the_right_names(string who) =>
        PassAsync(who, "presence", (node, caller) => StatusAsync(node.GetAsync("/rooms/r/presence", caller)));

    [Theory]
    [InlineData("/nodes")]
    [InlineData("/sources")]
    [InlineData("/metrics")]
    [InlineData("/connections/nobody")]
    public async Task Only_operators_see_nodes_sources_metrics_and_connections(string path)
    {
        foreach (var who in s_passing.Keys.Where(w => !w.Contains("Token", StringComparison.Ordinal)))
        {
            await PassAsync(who, "operators", async (node, caller) =>
            {
                var status = await StatusAsync(node.GetAsync(path, caller));
                return status == 404 ? 200 : status;
            });
        }
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    public async Task Only_operators_pause_and_resume_clients(string what)
    {
        foreach (var who in s_passing.Keys.Where(w => !w.Contains("Token", StringComparison.Ordinal)))
        {
            await PassAsync(who, "operators", async (node, caller) =>
            {
                var status = await StatusAsync(node.SendAsync(HttpMethod.Post, $"/connections/nobody/{what}", caller));
                return status == 404 ? 200 : status;
            });
        }
    }

    [Fact]
    public async Task Without_a_right_of_its_own_history_is_for_whom_subscribing_is()
    {
        await using var node = await IdentityNode.StartAsync(IdentityNode.OpenToSignedIn());

        Assert.Equal(403, await StatusAsync(node.GetAsync("/rooms/r/messages", IdentityNode.Remote)));
        Assert.Equal(200, await StatusAsync(node.GetAsync("/rooms/r/messages", IdentityNode.Remote, IdentityNode.Bearer(SignedToken.Of()))));
    }

    [Fact]
    public async Task A_room_that_no_rule_names_is_closed_to_all_but_API_keys()
    {
        await using var node = await IdentityNode.StartAsync(IdentityNode.Keys);

        foreach (var (name, caller) in Callers())
        {
            Assert.Equal(name == "key" ? 200 : 403, await StatusAsync(node.PostAsync("r", caller)));
        }
    }

    [Theory]
    [InlineData("chat:*", "chat:1", 200)]
    [InlineData("chat:*", "chat", 403)]
    [InlineData("chat:1", "chat:1", 200)]
    [InlineData("chat:1", "chat:11", 403)]
    [InlineData("*", "chat:1", 200)]
    [InlineData("", "chat:1", 403)]
    public async Task A_token_names_rooms_as_rules_do(string pattern, string room, int status)
    {
        await using var node = await IdentityNode.StartAsync(IdentityNode.OpenToSignedIn("Token").Where(s => s.Key != "Broadcast:Operators").ToDictionary());
        var token = SignedToken.Of(channels: ["other", pattern]);

        Assert.Equal(status, await StatusAsync(node.PostAsync(room, IdentityNode.Bearer(token))));
    }

    [Theory]
    [InlineData("header")]
    [InlineData("query")]
    public async Task A_token_is_taken_from_the_header_and_from_the_query_on_every_path(string from)
    {
        await using var node = await IdentityNode.StartAsync();
        var token = SignedToken.Of();
        var (query, headers) = from == "query" ? ($"?token={token}", []) : ("", new[] { IdentityNode.Bearer(token) });
        headers = [.. headers, IdentityNode.Remote];

        Assert.Equal(200, await StatusAsync(node.SendAsync(HttpMethod.Post, $"/rooms/r/messages{query}", headers)));
        Assert.Equal(200, await StatusAsync(node.GetAsync($"/rooms/r/messages{query}", headers)));
        Assert.Equal(200, await StatusAsync(node.GetAsync($"/rooms/r/events{query}", headers)));
        Assert.Equal(200, await StatusAsync(node.GetAsync($"/rooms/r/presence{query}", headers)));
        Assert.Equal(200, await StatusAsync(node.GetAsync($"/sources{query}", headers)));
        Assert.Equal(101, (await node.ConnectAsync($"/rooms/r/socket{query}", headers)).Status);
    }

    [Fact]
    public async Task A_user_is_shown_in_presence_and_as_publisher_on_every_path()
    {
        await using var node = await IdentityNode.StartAsync();
        var token = IdentityNode.Bearer(SignedToken.Of("ann"));
        var socket = await node.SocketAsync("/rooms/r/socket?envelope=1", token);
        using var events = await node.GetAsync("/rooms/r/events", token);
        await IdentityNode.AskAsync(socket, """{"id":1,"publish":{"data":1,"key":"k"}}""");
        var bare = await node.SocketAsync("/rooms/r/socket", token);
        await IdentityNode.SendAsync(bare, "2");
        Assert.Equal("2", await IdentityNode.ReadAsync(bare));
        await node.PostAsync("r", token);
        await node.PostAsync("r", ("X-API-Key", IdentityNode.ApiKey));
        await Wait.UntilAsync(() => node.Hub.FindRoom("r")?.Presence.Count == 3, "the event stream is in, too");

        var history = await JsonAsync(node.GetAsync("/rooms/r/messages", token));
        var publishers = history.GetProperty("messages").EnumerateArray().Select(m => m.TryGetProperty("publisher", out var p) ? p.GetString() : null);
        Assert.Equal(["ann", "ann", "ann", null], publishers);
        Assert.Equal("k", history.GetProperty("messages")[0].GetProperty("key").GetString());
        var presence = await JsonAsync(node.GetAsync("/rooms/r/presence", token));
        Assert.Equal(["ann", "ann", "ann"], presence.GetProperty("members").EnumerateArray().Select(m => m.GetProperty("user").GetString()));
    }

    private static IEnumerable<(string Name, (string Name, string Value)[] Headers)> Callers()
    {
        yield return ("anonymous", [IdentityNode.Remote]);
        yield return ("local", []);
        yield return ("token", [IdentityNode.Remote, IdentityNode.Bearer(SignedToken.Of())]);
        yield return ("token-for-room", [IdentityNode.Remote, IdentityNode.Bearer(SignedToken.Of(channels: ["r"]))]);
        yield return ("other-token", [IdentityNode.Remote, IdentityNode.Bearer(SignedToken.Of(user: null, channels: ["s"]))]);
        yield return ("user", [IdentityNode.Remote, (IdentityNode.UserHeader, "ann")]);
        yield return ("key", [IdentityNode.Remote, ("X-API-Key", IdentityNode.ApiKey)]);
    }

    /// <summary>Gives one right to somebody and all others to everybody, and tries who gets through.</summary>
    private static async Task PassAsync(string who, string right, Func<IdentityNode, (string Name, string Value)[], Task<int>> tryAsync)
    {
        await using var node = await IdentityNode.StartAsync(new Dictionary<string, string?>(IdentityNode.Keys)
        {
            ["Broadcast:Rooms:0:Name"] = "r",
            ["Broadcast:Rooms:0:Subscribe"] = right == "subscribe" ? who : "Anyone",
            ["Broadcast:Rooms:0:Publish"] = right == "publish" ? who : "Anyone",
            ["Broadcast:Rooms:0:History"] = right == "history" ? who : "Anyone",
            ["Broadcast:Rooms:0:Presence"] = right == "presence" ? who : "Anyone",
            ["Broadcast:Rooms:1:Name"] = "open",
            ["Broadcast:Rooms:1:Subscribe"] = "Anyone",
            ["Broadcast:Operators"] = right == "operators" ? who : "Nobody",
        });
        var passed = new List<string>();
        foreach (var (name, headers) in Callers())
        {
            var status = await tryAsync(node, headers);
            Assert.True(status is 101 or 200 or 403, $"{name}: {status}");
            if (status != 403)
            {
                passed.Add(name);
            }
        }

        Assert.Equal([.. s_passing[who].Split(' ', StringSplitOptions.RemoveEmptyEntries), "key"], passed);
    }

    private static async Task<int> StatusAsync(Task<HttpResponseMessage> sending)
    {
        using var response = await sending;
        if (response.StatusCode == HttpStatusCode.Forbidden)
        {
            var error = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()).GetProperty("error");
            Assert.Equal(103, error.GetProperty("code").GetInt32());
        }

        return (int)response.StatusCode;
    }

    private static async Task<JsonElement> JsonAsync(Task<HttpResponseMessage> sending)
    {
        using var response = await sending;
        return JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
    }
}
