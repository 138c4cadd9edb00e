using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Messages;

/// <summary>Who asks is told what became of a publication.</summary>
public sealed class ReceiptEndpointTests
{
    [Theory, Trait("row", "S4.13"), Trait("row", "S2.26")]
    [InlineData("/rooms/house/messages?receipt=1", "{}")]
    [InlineData("/broadcast?receipt=1", """{"message":{},"room":"house"}""")]
    public async Task The_answer_says_to_how_many_connections_and_users_it_was_written(string path, string body)
    {
        await using var node = await GatewayNode.StartAsync();
        await node.SocketAsync("house");
        await node.EnvelopeAsync("house");
        await (await node.EventsAsync("/rooms/house/events")).ReadAsync();
        await Wait.UntilAsync(() => node.Hub.FindRoom("house") is { State: RoomState.Open, Presence.Count: 3 }, "three members");

        using var content = new StringContent(body, null, "application/json");
        using var answer = await node.Http.PostAsync(node.Address(path), content);

        var said = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(1, said.GetProperty("offset").GetInt32());
        var receipt = said.GetProperty("receipt");
        Assert.Equal((3, 3, 0, 0, 0), Counts(receipt));
        Assert.Equal((3, 3, 0, 0, 0), Counts(Assert.Single(receipt.GetProperty("nodes").EnumerateArray())));
        Assert.False(receipt.TryGetProperty("incomplete", out _));
    }

    [Fact]
    public async Task Who_does_not_ask_is_not_told()
    {
        await using var node = await GatewayNode.StartAsync();
        await node.EnvelopeAsync("house");
        using var answer = await node.PostAsync("house", "hello");
        Assert.False(JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.TryGetProperty("receipt", out _));
    }

    [Theory]
    [InlineData("/rooms/house/messages?receipt=1")]
    [InlineData("/broadcast?receipt=1")]
    public async Task Who_may_not_see_the_members_is_not_told_how_many_there_are(string path)
    {
        await using var node = await GatewayNode.StartAsync(Way.InMemory, new() { ["Broadcast:Rooms:0:Presence"] = "Nobody" });
        using var content = new StringContent("""{"message":"x","room":"house"}""", null, "application/json");

        using var answer = await node.Http.PostAsync(node.Address(path), content);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(0ul, (await node.Hub.PositionAsync("house")).Offset);
    }

    [Fact, Trait("row", "S2.26"), Trait("row", "S4.13")]
    public async Task An_application_gets_it_as_an_object()
    {
        await using var node = await GatewayNode.StartAsync();
        await node.EnvelopeAsync("house");
        var broadcaster = node.App.Services.GetRequiredService<IBroadcaster>();

        var receipt = await broadcaster.PublishWithReceiptAsync("house", new { Text = "hello" });
        var tooLarge = await broadcaster.PublishWithReceiptAsync("house", new Publication(new byte[1 << 20], ContentKind.Binary));

        Assert.Equal(new ReceiptCounts(Members: 1, Addressed: 1, Written: 1, Withheld: 0, LeftBehind: 0, Users: 0), receipt.Sum);
        Assert.Equal(PublishOutcome.Refused, tooLarge.Result.Outcome);
        Assert.Equal(ReceiptCounts.Nobody, tooLarge.Sum);
    }

    private static (int Members, int Written, int Withheld, int LeftBehind, int Users) Counts(JsonElement json) => (
        json.GetProperty("members").GetInt32(), json.GetProperty("written").GetInt32(), json.GetProperty("withheld").GetInt32(),
        json.GetProperty("leftBehind").GetInt32(), json.GetProperty("users").GetInt32());
}
