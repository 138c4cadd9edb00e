using System.Net;
using System.Text;
using System.Text.Json;
using Broadcast.Gateway.Tests.Handlers;

namespace Broadcast.Gateway.Tests.Sessions;

/// <summary>Back ends put clients into rooms they did not ask for, on every path that can show it.</summary>
public sealed class MembersTests
{
    [Theory, Trait("row", "S2.41")]
    [InlineData("")]
    [InlineData("&room=other")]
    public async Task An_open_event_stream_is_put_into_a_room_and_taken_out_again(string more)
    {
        await using var node = await GatewayNode.StartAsync();
        var events = await node.EventsAsync($"/events?room=news{more}");
        var (client, id) = await OpeningAsync(events);

        Assert.Equal((HttpStatusCode.OK, 1), await MembersAsync(node, HttpMethod.Post, "extra", $$"""{"client":"{{client}}"}"""));
        await node.PublishAsync("extra", "added");
        var added = await events.ReadDataAsync();
        var envelope = JsonSerializer.Deserialize<JsonElement>(added.Data!);
        Assert.Equal(("extra", "added"), (envelope.GetProperty("room").GetString(), envelope.GetProperty("data").GetString()));

        // A browser that comes back asks for the rooms of its address: their positions are all that an id may have.
        Assert.Contains(added.Id, new[] { null, id });
        var position = await node.PublishAsync("news", "own");
        var own = await events.ReadDataAsync();
        Assert.Equal("own", own.Data);
        Assert.StartsWith(position.ToString(), own.Id, StringComparison.Ordinal);

        Assert.Equal((HttpStatusCode.OK, 1), await MembersAsync(node, HttpMethod.Delete, "extra", $$"""{"client":"{{client}}"}"""));
        await node.PublishAsync("extra", "not any more");
        await node.PublishAsync("news", "own again");
        Assert.Equal("own again", (await events.ReadDataAsync()).Data);
    }

    [Fact, Trait("row", "S2.41")]
    public async Task A_socket_in_envelopes_is_put_into_a_room_and_told_when_it_is_taken_out()
    {
        await using var node = await GatewayNode.StartAsync();
        var socket = await node.EnvelopeAsync("news");

        await MembersAsync(node, HttpMethod.Post, "extra", $$"""{"client":"{{socket.Id}}"}""");
        Assert.Equal("extra", (await socket.ReadJsonAsync()).GetProperty("open").GetProperty("room").GetString());
        await node.PublishAsync("extra", "added");
        Assert.Equal("added", (await socket.ReadJsonAsync()).GetProperty("data").GetString());

        await MembersAsync(node, HttpMethod.Delete, "extra", $$"""{"client":"{{socket.Id}}"}""");
        Assert.Equal("""{"close":{"room":"extra","code":2000,"reason":"server unsubscribe"}}""", (await socket.ReadJsonAsync()).GetRawText());
        await MembersAsync(node, HttpMethod.Delete, "news", $$"""{"client":"{{socket.Id}}"}""");
        Assert.Equal(3503, (await socket.ReadAsync()).CloseCode);
    }

    [Fact, Trait("row", "S2.41")]
    public async Task A_client_of_the_Centrifuge_protocol_is_told_by_the_pushes_it_knows()
    {
        await using var node = await GatewayNode.StartAsync();
        var client = await HandlerClient.ConnectAsync(node, "centrifuge");

        await MembersAsync(node, HttpMethod.Post, "extra", $$"""{"client":"{{client.Id}}"}""");
        var push = (await client.OtherAsync()).GetProperty("push");
        Assert.Equal("extra", push.GetProperty("channel").GetString());
        Assert.True(push.TryGetProperty("subscribe", out _));
        await node.PublishAsync("extra", "added");
        Assert.Equal("added", (await client.OtherAsync()).GetProperty("push").GetProperty("pub").GetProperty("data").GetString());

        await MembersAsync(node, HttpMethod.Delete, "extra", $$"""{"client":"{{client.Id}}"}""");
        Assert.Equal(2000, (await client.OtherAsync()).GetProperty("push").GetProperty("unsubscribe").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task Who_cannot_be_in_other_rooms_or_is_not_there_or_named_is_told_in_a_sentence()
    {
        await using var node = await GatewayNode.StartAsync();
        var bare = await node.SocketAsync("news");
        await Wait.UntilAsync(() => node.Hub.Connections.InRoom("news").Count == 1, "the client is in the room");
        var id = node.Hub.Connections.InRoom("news")[0].Id;

        Assert.Equal((HttpStatusCode.Conflict, -1), await MembersAsync(node, HttpMethod.Post, "extra", $$"""{"client":"{{id}}"}"""));
        Assert.Equal((HttpStatusCode.OK, 1), await MembersAsync(node, HttpMethod.Post, "news", $$"""{"client":"{{id}}"}"""));
        Assert.Equal((HttpStatusCode.OK, 0), await MembersAsync(node, HttpMethod.Post, "extra", """{"client":"nobody"}"""));
        Assert.Equal((HttpStatusCode.BadRequest, -1), await MembersAsync(node, HttpMethod.Post, "extra", "{}"));
        Assert.Equal((HttpStatusCode.BadRequest, -1), await MembersAsync(node, HttpMethod.Post, "extra", """{"clinet":"a"}"""));
        Assert.Equal((HttpStatusCode.BadRequest, -1), await MembersAsync(node, HttpMethod.Delete, "bad room", """{"client":"a"}"""));
        await bare.CloseAsync(1000);
    }

    [Fact]
    public async Task Only_operators_and_back_ends_may_do_it()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:Operators"] = "Nobody" });

        Assert.Equal((HttpStatusCode.Forbidden, -1), await MembersAsync(node, HttpMethod.Post, "news", """{"user":"ann"}"""));
        Assert.Equal((HttpStatusCode.Forbidden, -1), await MembersAsync(node, HttpMethod.Delete, "news", """{"user":"ann"}"""));
    }

    private static async Task<(string Client, string? Id)> OpeningAsync(ClientEvents events)
    {
        while (true)
        {
            var read = await events.ReadAsync();
            if (read is { Event: "connection", Data: { } data })
            {
                return (data[(data.LastIndexOf(' ') + 1)..], read.Id);
            }
        }
    }

    /// <returns>The status, and the count that was answered; −1 for none.</returns>
    private static async Task<(HttpStatusCode Status, int Count)> MembersAsync(GatewayNode node, HttpMethod method, string room, string body)
    {
        using var request = new HttpRequestMessage(method, node.Address($"/rooms/{Uri.EscapeDataString(room)}/members"));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await node.Http.SendAsync(request).WaitAsync(Wait.Patience);
        var answer = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
        return (response.StatusCode, answer.TryGetProperty("count", out var count) ? count.GetInt32() : -1);
    }
}
