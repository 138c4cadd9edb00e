using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Broadcast.Gateway.Tests.Api;

/// <summary>The server API: what a back end asks one node for happens on all.</summary>
public sealed class ApiTests
{
    [Fact]
    public async Task All_nodes_are_listed_with_what_they_are_doing()
    {
        await using var cluster = await GatewayCluster.StartAsync();
        await cluster.B.EnvelopeAsync("news");

        var listed = default(JsonElement[]);
        await Wait.UntilAsync(
            async () =>
            {
                var info = await ResultAsync(cluster.A, "info", "{}");
                listed = [.. info.GetProperty("nodes").EnumerateArray()];
                return listed[1].GetProperty("num_clients").GetInt32() == 1 && listed[1].GetProperty("num_channels").GetInt32() == 1;
            },
            "b says that it has a client in a room");

        Assert.Equal(["a", "b"], listed!.Select(n => n.GetProperty("name").GetString()));
        Assert.Equal(GatewayCluster.ClusterOf(cluster.B).Self.Id, listed![1].GetProperty("uid").GetString());
        Assert.InRange(listed[1].GetProperty("load").GetDouble(), 0, 1);
        Assert.Equal(cluster.B.BaseAddress.ToString().TrimEnd('/'), listed[1].GetProperty("address").GetString());

        using var answer = await cluster.A.SendAsync(HttpMethod.Get, "/nodes", ("X-API-Key", IdentityNode.ApiKey));
        var nodes = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("nodes");
        Assert.Equal(["a", "b"], nodes.EnumerateArray().Select(n => n.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task The_connections_of_a_user_are_found_on_every_path_and_node()
    {
        await using var cluster = await GatewayCluster.StartAsync();
        var socket = await cluster.A.EnvelopeAsync("news", TokenOf("ann", "&"));
        var events = await cluster.B.EventsAsync($"/events?room=news&room=chat{TokenOf("ann", "&")}");
        await events.ReadAsync();
        var sdk = await ConnectedAsync(cluster.B, "ann");
        await sdk.AskAsync("""{"id":2,"subscribe":{"channel":"sport"}}""");
        await ConnectedAsync(cluster.B, "bob");

        var found = await ResultAsync(cluster.A, "connections", """{"user":"ann"}""");

        var clients = found.GetProperty("connections").EnumerateObject().ToArray();
        Assert.Equal(
            ["a socket news", "b centrifuge sport", "b events news,chat"],
            clients.Select(c => $"{Text(c.Value, "node")} {Text(c.Value, "transport")} {string.Join(',', c.Value.GetProperty("channels").EnumerateArray())}").Order());
        Assert.Contains(socket.Id, clients.Select(c => c.Name));
        Assert.All(clients, c => Assert.Equal("ann", Text(c.Value, "user")));
        Assert.Equal(3, found.GetProperty("count").GetInt32());
        Assert.False(found.TryGetProperty("incomplete", out _));
    }

    [Fact]
    public async Task A_user_is_disconnected_on_every_path_and_node()
    {
        await using var cluster = await GatewayCluster.StartAsync();
        var socket = await cluster.A.EnvelopeAsync("news", TokenOf("ann", "&"));
        var events = await cluster.B.EventsAsync($"/rooms/news/events{TokenOf("ann", "?")}");
        await events.ReadAsync();
        var sdk = await ConnectedAsync(cluster.B, "ann");
        var bob = await ConnectedAsync(cluster.B, "bob");

        var result = await ResultAsync(cluster.A, "disconnect", """{"user":"ann","code":4242,"reason":"enough"}""");

        Assert.Equal(3, result.GetProperty("count").GetInt32());
        Assert.Equal([1, 2], result.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("count").GetInt32()));
        await EndsAsync(socket, 4242, "enough");
        await EndsAsync(sdk, 4242, "enough");
        while (await events.ReadAsync() is not null)
        {
        }

        Assert.True((await bob.AskAsync("""{"id":2,"presence":{"channel":"news"}}""")).TryGetProperty("presence", out _));
    }

    [Fact]
    public async Task One_client_is_disconnected_and_told_not_to_come_back()
    {
        await using var cluster = await GatewayCluster.StartAsync();
        var (socket, other) = (await cluster.B.EnvelopeAsync("news"), await cluster.B.EnvelopeAsync("news"));

        var result = await ResultAsync(cluster.A, "disconnect", $$"""{"client":"{{socket.Id}}"}""");

        Assert.Equal(1, result.GetProperty("count").GetInt32());
        await EndsAsync(socket, 3503, "force disconnect");
        await other.AskAsync("""{"id":1,"publish":{"data":1}}""");
    }

    [Fact]
    public async Task A_client_of_the_sdk_is_taken_out_of_one_room_and_stays_in_the_other()
    {
        await using var cluster = await GatewayCluster.StartAsync();
        var sdk = await ConnectedAsync(cluster.B, "ann");
        await sdk.AskAsync("""{"id":2,"subscribe":{"channel":"news"}}""");
        await sdk.AskAsync("""{"id":3,"subscribe":{"channel":"sport"}}""");

        var result = await ResultAsync(cluster.A, "unsubscribe", """{"user":"ann","channel":"news"}""");
        await cluster.A.PublishAsync("news", "1");
        await cluster.A.PublishAsync("sport", "2");

        Assert.Equal(1, result.GetProperty("count").GetInt32());
        var told = (await sdk.ReadJsonAsync()).GetProperty("push");
        Assert.Equal("""{"channel":"news","unsubscribe":{"code":2000,"reason":"server unsubscribe"}}""", told.GetRawText());
        Assert.Equal("sport", Text((await sdk.ReadJsonAsync()).GetProperty("push"), "channel"));
    }

    [Fact]
    public async Task A_socket_that_is_taken_out_of_its_room_ends()
    {
        await using var cluster = await GatewayCluster.StartAsync();
        var socket = await cluster.B.EnvelopeAsync("news", TokenOf("ann", "&"));

        await ResultAsync(cluster.A, "unsubscribe", """{"user":"ann","channel":"news"}""");

        await EndsAsync(socket, 3503, "force disconnect");
    }

    [Fact]
    public async Task A_message_to_a_user_has_the_form_of_each_path()
    {
        await using var cluster = await GatewayCluster.StartAsync();
        var bare = await cluster.B.SocketAsync("news", TokenOf("ann", "?"));
        var envelope = await cluster.A.EnvelopeAsync("news", TokenOf("ann", "&"));
        var events = await cluster.B.EventsAsync($"/rooms/news/events{TokenOf("ann", "?")}");
        var wrapped = await cluster.B.EventsAsync($"/rooms/news/events?envelope=1{TokenOf("ann", "&")}");
        await events.ReadAsync();
        await wrapped.ReadAsync();
        var sdk = await ConnectedAsync(cluster.B, "ann");
        await Wait.UntilAsync(() => cluster.B.Hub.Connections.Users.Count("ann") == 4, "all are there");

        foreach (var body in new[] { "\"data\":{\"a\":1}", "\"data\":\"two\"", "\"b64data\":\"AAH/\"" })
        {
            Assert.Equal(5, (await ResultAsync(cluster.A, "send", $$"""{"user":"ann",{{body}}}""")).GetProperty("count").GetInt32());
        }

        Assert.Equal(["{\"a\":1}", "two"], await bare.ReadTextsAsync(2));
        Assert.Equal([0, 1, 255], (await bare.ReadAsync()).Bytes);
        string[] inEnvelopes =
        [
            """{"message":{"kind":"json","data":{"a":1}}}""", """{"message":{"kind":"text","data":"two"}}""", """{"message":{"kind":"binary","b64":"AAH/"}}""",
        ];
        Assert.Equal(inEnvelopes, await envelope.ReadTextsAsync(3));
        foreach (var expected in new[] { "{\"a\":1}", "two", "AAH/" })
        {
            Assert.Equal(new ClientEvent(null, "direct", expected, null, null), await events.ReadDirectAsync());
        }

        foreach (var expected in inEnvelopes)
        {
            Assert.Equal(expected, (await wrapped.ReadDirectAsync()).Data);
        }

        string[] pushes = ["""{"a":1}""", "\"two\"", """{"b64":"AAH/"}"""];
        Assert.Equal(pushes.Select(p => """{"push":{"message":{"data":""" + p + "}}}"), await sdk.ReadTextsAsync(3));
    }

    [Fact]
    public async Task Presence_is_that_of_all_nodes_on_every_path()
    {
        await using var cluster = await GatewayCluster.StartAsync();
        var (here, there) = (await cluster.A.EnvelopeAsync("news", TokenOf("ann", "&")), await cluster.B.EnvelopeAsync("news", TokenOf("ann", "&")));
        var sdk = await ConnectedAsync(cluster.A, "bob");
        await sdk.AskAsync("""{"id":2,"subscribe":{"channel":"news"}}""");
        var id = Text((await sdk.AskAsync("""{"id":3,"presence":{"channel":"news"}}""")).GetProperty("presence").GetProperty("presence").EnumerateObject()
            .Single(m => Text(m.Value, "user") == "bob").Value, "client");
        string[] all = [.. new[] { here.Id, there.Id, id }.Order()];

        foreach (var node in new[] { cluster.A, cluster.B })
        {
            var http = await node.Http.GetFromJsonAsync<JsonElement>(node.Address("/rooms/news/presence"));
            Assert.Equal(3, http.GetProperty("count").GetInt32());
            Assert.Equal(all, http.GetProperty("members").EnumerateArray().Select(m => Text(m, "client")).Order());
            Assert.False(http.TryGetProperty("incomplete", out _));

            var api = await ResultAsync(node, "presence", """{"channel":"news"}""");
            Assert.Equal(all, api.GetProperty("presence").EnumerateObject().Select(m => m.Name).Order());
            Assert.Equal(
                """{"num_clients":3,"num_users":2}""", (await ResultAsync(node, "presence_stats", """{"channel":"news"}""")).GetRawText());

            var asking = await ConnectedAsync(node, "eve");
            var presence = (await asking.AskAsync("""{"id":2,"presence":{"channel":"news"}}""")).GetProperty("presence").GetProperty("presence");
            Assert.Equal(all, presence.EnumerateObject().Select(m => m.Name).Order());
            var stats = (await asking.AskAsync("""{"id":3,"presence_stats":{"channel":"news"}}""")).GetProperty("presence_stats");
            Assert.Equal("""{"num_clients":3,"num_users":2}""", stats.GetRawText());
        }
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_named_and_the_rest_is_told()
    {
        await using var cluster = await GatewayCluster.StartAsync(new()
        {
            ["Broadcast:Cluster:CallTimeout"] = "00:00:00.2",
        });
        var (here, there) = (await cluster.A.EnvelopeAsync("news", TokenOf("ann", "&")), await cluster.B.EnvelopeAsync("news", TokenOf("ann", "&")));
        cluster.BackplaneOfB.IsCutOff = true;

        var presence = await cluster.A.Http.GetFromJsonAsync<JsonElement>(cluster.A.Address("/rooms/news/presence"));
        Assert.Equal(here.Id, Text(Assert.Single(presence.GetProperty("members").EnumerateArray()), "client"));
        Assert.True(presence.GetProperty("incomplete").GetBoolean());
        Assert.Equal("""[{"node":"b","reason":"It did not answer within 0.2 s."}]""", presence.GetProperty("missing").GetRawText());

        var result = await ResultAsync(cluster.A, "disconnect", """{"user":"ann"}""");
        Assert.Equal(1, result.GetProperty("count").GetInt32());
        Assert.True(result.GetProperty("incomplete").GetBoolean());
        Assert.Equal("It did not answer within 0.2 s.", Text(result.GetProperty("nodes")[1], "missing"));

        using var unknown = await cluster.A.SendAsync(HttpMethod.Get, $"/connections/{there.Id}", ("X-API-Key", IdentityNode.ApiKey));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unknown.StatusCode);
    }

    [Fact]
    public async Task A_client_is_looked_at_paused_and_resumed_through_another_node()
    {
        await using var cluster = await GatewayCluster.StartAsync();
        var socket = await cluster.B.EnvelopeAsync("news");

        using var paused = await cluster.A.SendAsync(HttpMethod.Post, $"/connections/{socket.Id}/pause", ("X-API-Key", IdentityNode.ApiKey));
        Assert.Equal(HttpStatusCode.NoContent, paused.StatusCode);
        using var answer = await cluster.A.SendAsync(HttpMethod.Get, $"/connections/{socket.Id}", ("X-API-Key", IdentityNode.ApiKey));
        var status = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("b", Text(status, "node"));
        Assert.True(status.GetProperty("subscriptions")[0].GetProperty("paused").GetBoolean());

        await cluster.A.PublishAsync("news", "hello");
        using var resumed = await cluster.A.SendAsync(HttpMethod.Post, $"/connections/{socket.Id}/resume?room=news", ("X-API-Key", IdentityNode.ApiKey));
        Assert.Equal(HttpStatusCode.NoContent, resumed.StatusCode);
        Assert.Equal("hello", Text(await socket.ReadJsonAsync(), "data"));

        using var nobody = await cluster.A.SendAsync(HttpMethod.Post, "/connections/nobody/pause", ("X-API-Key", IdentityNode.ApiKey));
        Assert.Equal(HttpStatusCode.NotFound, nobody.StatusCode);
    }

    [Fact]
    public async Task Members_are_told_who_comes_and_goes_on_the_other_node()
    {
        await using var cluster = await GatewayCluster.StartAsync(new() { ["Broadcast:Rooms:0:Rule:JoinLeave"] = "true" });
        var here = await cluster.A.EnvelopeAsync("news");
        Assert.Equal(here.Id, Text((await here.ReadJsonAsync()).GetProperty("join"), "client"));

        var there = await cluster.B.EnvelopeAsync("news", TokenOf("ann", "&"));
        Assert.Equal($$$"""{"room":"news","join":{"client":"{{{there.Id}}}","user":"ann"}}""", await here.ReadTextAsync());
        await there.CloseAsync(1000);
        Assert.Equal($$$"""{"room":"news","leave":{"client":"{{{there.Id}}}","user":"ann"}}""", await here.ReadTextAsync());
    }

    [Fact]
    public async Task A_user_has_no_more_connections_than_it_may_on_all_nodes_together()
    {
        await using var cluster = await GatewayCluster.StartAsync(new() { ["Broadcast:Hub:MaxConnectionsPerUser"] = "2" });
        var first = await ConnectedAsync(cluster.A, "ann");
        await cluster.B.EnvelopeAsync("news", TokenOf("ann", "&"));

        foreach (var node in new[] { cluster.A, cluster.B })
        {
            using var events = await node.SendAsync(HttpMethod.Get, $"/rooms/news/events{TokenOf("ann", "?")}");
            Assert.Equal((HttpStatusCode)429, events.StatusCode);
            Assert.Equal("""{"error":{"code":106,"message":"The user has 2 connections, and may have no more."}}""", await events.Content.ReadAsStringAsync());

            var sdk = await node.CentrifugeAsync();
            await sdk.SendAsync(Connect("ann"));
            await EndsAsync(sdk, 3504, "connection limit");
            await ConnectedAsync(node, "bob");
            await node.EnvelopeAsync("news");
        }

        await first.CloseAsync(1000);
        await Wait.UntilAsync(() => cluster.A.Hub.Connections.Users.Count("ann") == 0, "the first one has gone");
        await cluster.B.EnvelopeAsync("news", TokenOf("ann", "&"));
    }

    [Theory]
    [InlineData("fly", "{}", 404, 104, "There is no method fly; there are info, connections, disconnect, unsubscribe, send, presence, presence_stats.")]
    [InlineData("info", "{\"x\":1}", 400, 107, "The method takes no parameters.")]
    [InlineData("info", "nonsense", 400, 107, "The body is not one JSON value of at most 64 levels.")]
    [InlineData("info", "[]", 400, 107, "The body is a JSON object.")]
    [InlineData("connections", "", 400, 107, "Name a \"user\".")]
    [InlineData("connections", "{\"user\":7}", 400, 107, "\"user\" is a string, and not empty.")]
    [InlineData("connections", "{\"user\":\"\"}", 400, 107, "\"user\" is a string, and not empty.")]
    [InlineData("connections", "{\"user\":\"\\ud800\"}", 400, 107, "A string in the body has half of a surrogate pair.")]
    [InlineData("disconnect", "{}", 400, 107, "Name a \"user\" or a \"client\".")]
    [InlineData("disconnect", "{\"user\":\"a\",\"user\":\"b\"}", 400, 107, "The method takes \"user\", \"client\", \"code\", \"reason\", each at most once, and nothing else.")]
    [InlineData("disconnect", "{\"user\":\"a\",\"code\":1000}", 400, 107, "\"code\" is 1000; it may be 3000 to 4999.")]
    [InlineData("disconnect", "{\"user\":\"a\",\"code\":-1}", 400, 107, "\"code\" is a whole number from 0 to 65535.")]
    [InlineData("unsubscribe", "{\"user\":\"a\"}", 400, 107, "A room needs a name.")]
    [InlineData("unsubscribe", "{\"channel\":\"a\"}", 400, 107, "Name a \"user\" or a \"client\".")]
    [InlineData("send", "{\"user\":\"a\"}", 400, 107, "Give either \"data\" or \"b64data\".")]
    [InlineData("send", "{\"user\":\"a\",\"data\":1,\"b64data\":\"AA==\"}", 400, 107, "Give either \"data\" or \"b64data\".")]
    [InlineData("send", "{\"user\":\"a\",\"b64data\":\"?\"}", 400, 107, "\"b64data\" is not base64.")]
    [InlineData("send", "{\"user\":\"a\",\"data\":\"\\ud800\"}", 400, 107, "A string in the body has half of a surrogate pair.")]
    [InlineData("presence", "{\"channel\":\"!nodes\"}", 400, 107, "A room's name is made of A-Z a-z 0-9 _ . : / # @ $ -; '!' is none of them.")]
    [InlineData("presence_stats", "{}", 400, 107, "A room needs a name.")]
    public async Task What_is_wrong_with_a_request_is_said_in_a_sentence(string method, string body, int status, int code, string message)
    {
        await using var node = await GatewayNode.StartAsync();
        using var answer = await CallAsync(node, method, body, key: null);

        var error = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error");
        Assert.Equal((status, code, message), ((int)answer.StatusCode, error.GetProperty("code").GetInt32(), Text(error, "message")));
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_not_sent()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:MaxMessageBytes"] = "10" });

        using var fits = await CallAsync(node, "send", """{"user":"a","data":"0123456789"}""", key: null);
        using var tooLarge = await CallAsync(node, "send", """{"user":"a","data":"0123456789x"}""", key: null);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.RequestEntityTooLarge), (fits.StatusCode, tooLarge.StatusCode));
    }

    [Fact]
    public async Task Only_back_ends_and_operators_may_use_it()
    {
        await using var node = await GatewayNode.StartAsync(settings: new(IdentityNode.Keys) { ["Broadcast:Operators"] = "Nobody" });

        using var anybody = await CallAsync(node, "info", "{}", key: null);
        using var wrong = await CallAsync(node, "info", "{}", key: "not-the-key-of-any-back-end");
        using var backEnd = await CallAsync(node, "info", "{}", IdentityNode.ApiKey);

        Assert.Equal(
            (HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized, HttpStatusCode.OK), (anybody.StatusCode, wrong.StatusCode, backEnd.StatusCode));
    }

    private static string TokenOf(string user, string before) => $"{before}token={SignedToken.Of(user)}";

    private static string Connect(string user) => $$$"""{"id":1,"connect":{"token":"{{{SignedToken.Of(user)}}}"}}""";

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    private static async Task<ClientSocket> ConnectedAsync(GatewayNode node, string user)
    {
        var socket = await node.CentrifugeAsync();
        Assert.True((await socket.AskAsync(Connect(user))).TryGetProperty("connect", out _));
        return socket;
    }

    private static async Task EndsAsync(ClientSocket socket, int code, string reason)
    {
        ClientMessage message;
        do
        {
            message = await socket.ReadAsync();
        }
        while (message.CloseCode is null);
        Assert.Equal($"{code} {reason}", $"{message.CloseCode} {message.CloseReason}");
    }

    private static async Task<JsonElement> ResultAsync(GatewayNode node, string method, string body)
    {
        using var answer = await CallAsync(node, method, body, IdentityNode.ApiKey);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, json.GetRawText());
        return json.GetProperty("result");
    }

    private static async Task<HttpResponseMessage> CallAsync(GatewayNode node, string method, string body, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, node.Address($"/api/{method}")) { Content = new StringContent(body) };
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        return await node.Http.SendAsync(request).WaitAsync(Wait.Patience);
    }
}
