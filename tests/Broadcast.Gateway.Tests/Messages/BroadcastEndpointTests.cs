using System.Net;
using System.Text;
using System.Text.Json;

namespace Broadcast.Gateway.Tests;

public sealed class BroadcastEndpointTests
{
    [Fact]
    [Trait("row", "S4.14")]
    public async Task A_message_reaches_the_room_with_its_event_and_the_answer_says_where()
    {
        await using var node = await GatewayNode.StartAsync();
        var events = await node.EventsAsync("/rooms/house/events");

        using var answer = await PostAsync(node, """{"message":"Dinner is\nready","event":"alarm","room":"house"}""");

        var said = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(("Message broadcasted", "house", 1), (Text(said, "message"), Text(said, "room"), said.GetProperty("offset").GetInt32()));
        Assert.Equal(new ClientEvent(Text(said, "position"), "alarm", "Dinner is\nready", null, null), await events.ReadDataAsync());
    }

    [Fact]
    [Trait("row", "S4.1")]
    [Trait("row", "S4.14")]
    public async Task Who_names_no_room_meets_who_listens_to_none()
    {
        await using var node = await GatewayNode.StartAsync();
        var events = await node.EventsAsync("/events");
        using var text = await PostAsync(node, """{"message":"hello"}""");
        using var json = await PostAsync(node, """{"message":{"degrees":21.50}}""");
        Assert.Equal(["hello", """{"degrees":21.50}"""], await events.ReadDataAsync(2));
    }

    [Theory]
    [Trait("row", "S4.14")]
    [InlineData("{nonsense")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"hello\"")]
    [InlineData("""{"message":"a","message":"b"}""")]
    [InlineData("""{"message":"a","rooms":"b"}""")]
    [InlineData("""{"message":"a","room":7}""")]
    [InlineData("""{"message":"a","room":"no spaces"}""")]
    [InlineData("""{"message":"a","event":"two\nlines"}""")]
    [InlineData("""{"message":"\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    public async Task What_is_no_broadcast_gets_400_and_a_sentence(string body)
    {
        await using var node = await GatewayNode.StartAsync(Way.InMemory);
        using var answer = await PostAsync(node, body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal(107, error.GetProperty("code").GetInt32());
        Assert.EndsWith(".", Text(error, "message"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("row", "S4.14")]
    public async Task Sizes_and_rates_are_limited_as_for_messages()
    {
        await using var node = await GatewayNode.StartAsync(Way.InMemory, new()
        {
            ["Broadcast:MaxMessageBytes"] = "1024",
            ["Broadcast:Rooms:0:PublishRate:PerSecond"] = "1",
            ["Broadcast:Rooms:0:PublishRate:Burst"] = "1",
        });
        using var large = await PostAsync(node, $$"""{"message":"{{new string('x', 1024)}}"}""");
        using var first = await PostAsync(node, """{"message":"one"}""");
        using var second = await PostAsync(node, """{"message":"two"}""");
        Assert.Equal(
            (HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.OK, HttpStatusCode.TooManyRequests),
            (large.StatusCode, first.StatusCode, second.StatusCode));
    }

    [Fact]
    [Trait("row", "S4.2")]
    public async Task Pages_of_other_origins_broadcast_where_settings_allow_it()
    {
        await using var node = await GatewayNode.StartAsync(Way.InMemory, new() { ["Broadcast:AllowedOrigins:0"] = "https://friend.example" });
        using var preflight = await node.SendAsync(HttpMethod.Options, "/broadcast", ("Origin", "https://friend.example"));
        using var friend = await PostAsync(node, """{"message":"hello"}""", ("Origin", "https://friend.example"));
        using var stranger = await PostAsync(node, """{"message":"hello"}""", ("Origin", "https://stranger.example"));
        Assert.Equal(
            (HttpStatusCode.NoContent, HttpStatusCode.OK, HttpStatusCode.Forbidden), (preflight.StatusCode, friend.StatusCode, stranger.StatusCode));
        Assert.Equal("https://friend.example", friend.Headers.GetValues("Access-Control-Allow-Origin").Single());
    }

    [Fact]
    public async Task The_same_idempotency_key_broadcasts_once()
    {
        await using var node = await GatewayNode.StartAsync(Way.InMemory);
        using var first = await PostAsync(node, """{"message":"once"}""", ("Idempotency-Key", "k"));
        using var again = await PostAsync(node, """{"message":"once"}""", ("Idempotency-Key", "k"));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static async Task<HttpResponseMessage> PostAsync(GatewayNode node, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, node.Address("/broadcast"));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await node.Http.SendAsync(request).WaitAsync(Wait.Patience);
    }
}
