using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace Broadcast.Gateway.Tests.Audiences;

/// <summary>Back ends say whom they mean.</summary>
public sealed class AudienceApiTests
{
    [Fact, Trait("row", "S4.19"), Trait("row", "S4.20")]
    public async Task A_back_end_publishes_for_some_in_one_room_and_in_several()
    {
        await using var node = await AudienceClient.StartAsync();
        var (ann, bob) = (await AudienceClient.ConnectAsync(node, "envelope", "ann"), await AudienceClient.ConnectAsync(node, "envelope", "bob"));

        var one = await AskAsync(node, "publish", """{"channel":"news","data":"1","audience":{"user":"ann"}}""");
        Assert.Equal(1, one.GetProperty("result").GetProperty("offset").GetInt32());
        var several = await AskAsync(node, "broadcast", """{"channels":["other","news"],"data":"2","audience":{"users":["ann","bob"],"except":"nobody"}}""");
        Assert.Equal([1, 2], several.GetProperty("result").GetProperty("responses").EnumerateArray().Select(r => r.GetProperty("result").GetProperty("offset").GetInt32()));
        await AskAsync(node, "publish", """{"channel":"news","b64data":"eA==","key":"k","idempotency_key":"i"}""");
        await AskAsync(node, "publish", """{"channel":"news","b64data":"eA==","key":"k","idempotency_key":"i"}""");
        await AskAsync(node, "publish", """{"channel":"news","data":"4"}""");

        Assert.Equal(["1", "2"], await ann.ReadAsync(2));
        Assert.Equal(["2"], await bob.ReadAsync(1));
        Assert.Equal(4UL, node.Hub.FindRoom("news")!.Position.Offset);
    }

    [Fact, Trait("row", "S2.26")]
    public async Task A_back_end_sends_to_all_whom_it_means_and_is_told_how_many_connections_and_users_that_were()
    {
        await using var node = await AudienceClient.StartAsync();
        var clients = new[] { await node.EnvelopeAsync("a", $"&token={SignedToken.Of("ann")}"), await node.EnvelopeAsync("b", $"&token={SignedToken.Of("ann")}") };
        await node.EnvelopeAsync("a");
        await node.CameAsync(3);

        var sent = (await AskAsync(node, "send", """{"audience":{"signed_in":true},"data":{"text":"hello"}}""")).GetProperty("result");

        Assert.Equal((2, 1), (sent.GetProperty("count").GetInt32(), sent.GetProperty("users").GetInt32()));
        Assert.Equal(2, sent.GetProperty("nodes")[0].GetProperty("count").GetInt32());
        foreach (var client in clients)
        {
            Assert.Equal("hello", (await client.ReadJsonAsync()).GetProperty("message").GetProperty("data").GetProperty("text").GetString());
        }
    }

    [Fact, Trait("row", "S2.26"), Trait("row", "S4.13")]
    public async Task A_receipt_tells_those_it_is_meant_for_from_those_it_is_not()
    {
        await using var node = await AudienceClient.StartAsync();
        await AudienceClient.ConnectAsync(node, "envelope", "ann");
        await AudienceClient.ConnectAsync(node, "events", "ann");
        await AudienceClient.ConnectAsync(node, "socket", "bob");
        await Wait.UntilAsync(() => node.Hub.FindRoom("news")?.Presence.Count == 3, "three members");

        var answer = await AskAsync(node, "publish", """{"channel":"news","data":"1","audience":{"user":"ann"},"receipt":true}""");

        var receipt = answer.GetProperty("result").GetProperty("receipt");
        Assert.Equal(
            (3, 2, 2, 1, 0, 1),
            (receipt.GetProperty("members").GetInt32(), receipt.GetProperty("addressed").GetInt32(), receipt.GetProperty("written").GetInt32(), receipt.GetProperty("withheld").GetInt32(),
                receipt.GetProperty("leftBehind").GetInt32(), receipt.GetProperty("users").GetInt32()));
    }

    [Fact, Trait("row", "S2.26"), Trait("row", "S2.35")]
    public async Task A_message_to_everybody_reaches_every_path_but_not_who_has_not_said_who_it_is()
    {
        await using var node = await AudienceClient.StartAsync();
        var bare = await node.SocketAsync("news");
        var events = await node.EventsAsync("/events?room=news&room=other");
        var centrifuge = await node.CentrifugeAsync();
        await centrifuge.AskAsync("""{"id":1,"connect":{}}""");
        var silent = await node.CentrifugeAsync();
        await node.CameAsync(4);

        var sent = (await AskAsync(node, "send", """{"audience":{"except":"nobody"},"data":{"text":"maintenance"}}""")).GetProperty("result");

        Assert.Equal((3, 0), (sent.GetProperty("count").GetInt32(), sent.GetProperty("users").GetInt32()));
        Assert.Equal("""{"text":"maintenance"}""", await bare.ReadTextAsync());
        Assert.Equal("""{"text":"maintenance"}""", (await events.ReadDirectAsync()).Data);
        Assert.Equal("maintenance", (await centrifuge.ReadJsonAsync()).GetProperty("push").GetProperty("message").GetProperty("data").GetProperty("text").GetString());
        Assert.Contains("connect", (await silent.AskAsync("""{"id":1,"connect":{}}""")).GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("publish", """{"channel":"news","data":1,"audience":{"named":"nobody-named-it"}}""", "There is no audience 'nobody-named-it'")]
    [InlineData("publish", """{"channel":"news","data":1,"audience":{"within":{"latitude":1,"longitude":2,"metres":0}}}""", "A radius is a positive number of metres; this one is 0.")]
    [InlineData("publish", """{"channel":"news","data":1,"audience":{"within":{"latitude":99,"longitude":2,"metres":1}}}""", "A location is a latitude from -90 to 90")]
    [InlineData("publish", """{"channel":"news","data":1,"audience":"ann"}""", "An audience is an object with one of")]
    [InlineData("publish", """{"channel":"news","data":1,"audience":{"user":"\ud800"}}""", "A string of the audience has half of a surrogate pair.")]
    [InlineData("publish", """{"channel":"no room","data":1}""", "A room's name is made of")]
    [InlineData("publish", """{"channel":"news"}""", "Give either")]
    [InlineData("publish", """{"channel":"latest","data":1,"key":"k","audience":{"user":"ann"}}""", "In a room that conflates")]
    [InlineData("broadcast", """{"channels":[],"data":1}""", "\"channels\" is a list of 1 to 100 room names.")]
    [InlineData("broadcast", """{"channels":["a",1],"data":1}""", "\"channels\" is a list of strings.")]
    [InlineData("broadcast", """{"channels":["a","\ud800"],"data":1}""", "A string in the body has half of a surrogate pair.")]
    [InlineData("send", """{"user":"ann","audience":{"user":"ann"},"data":1}""", "Name a \"user\" or a \"client\", or an \"audience\".")]
    [InlineData("send", """{"data":1}""", "Name a \"user\" or a \"client\".")]
    [InlineData("send", """{"audience":{"named":"nobody-named-it"},"data":1}""", "There is no audience 'nobody-named-it'")]
    public async Task What_is_wrong_is_said_in_one_sentence_and_nothing_is_sent(string method, string body, string sentence)
    {
        await using var node = await AudienceClient.StartAsync(more: new()
        {
            ["Broadcast:Rooms:0:Name"] = "latest",
            ["Broadcast:Rooms:0:Rule:FallingBehind"] = "Conflate",
            ["Broadcast:Rooms:1:Name"] = "*",
            ["Broadcast:Rooms:1:Subscribe"] = "Anyone",
        });

        var answer = await AskAsync(node, method, body, HttpStatusCode.BadRequest);

        Assert.StartsWith(sentence, answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(0UL, (await node.Hub.PositionAsync("news")).Offset);
    }

    private static async Task<JsonElement> AskAsync(GatewayNode node, string method, string body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, node.Address($"/api/{method}")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-API-Key", IdentityNode.ApiKey);
        using var response = await node.Http.SendAsync(request).WaitAsync(Wait.Patience);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{response.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}
