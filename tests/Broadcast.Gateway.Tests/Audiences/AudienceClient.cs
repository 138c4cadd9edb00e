using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Audiences;

/// <summary>A client of one path in the room <c>news</c>, that reads texts.</summary>
internal sealed class AudienceClient
{
    private readonly Func<Task<string>> _read;

    private AudienceClient(Connection connection, Func<Task<string>> read) => (Connection, _read) = (connection, read);

    public static TheoryData<string> Paths => new("socket", "envelope", "events", "events of two rooms", "centrifuge");

    public Connection Connection { get; }

    /// <summary>A node whose clients may prove who they are.</summary>
    public static Task<GatewayNode> StartAsync(Action<Microsoft.AspNetCore.Builder.WebApplication>? map = null, Dictionary<string, string?>? more = null) =>
        GatewayNode.StartAsync(settings: new(IdentityNode.Keys.Concat(more ?? [])), map: map);

    public static async Task<AudienceClient> ConnectAsync(GatewayNode node, string path, string? user, string since = "now")
    {
        var before = node.Hub.Connections.InRoom("news").Select(c => c.Id).ToHashSet();
        var token = user is null ? "" : $"&token={SignedToken.Of(user)}";
        var read = path switch
        {
            "socket" => Text(await node.SocketAsync("news", $"?since={since}{token}")),
            "envelope" => Data(await node.EnvelopeAsync("news", $"&since={since}{token}"), said => said),
            "events" => Data(await node.EventsAsync($"/rooms/news/events?since={since}{token}")),
            "events of two rooms" => Data(await node.EventsAsync($"/events?room=other&room=news&since={(since == "now" ? "now" : $"now,{since}")}{token}")),
            _ => Data(await CentrifugeAsync(node, user, since), said => said.GetProperty("push").GetProperty("pub")),
        };
        Connection? connection = null;
        await Wait.UntilAsync(
            () => (connection = node.Hub.Connections.InRoom("news").FirstOrDefault(c => !before.Contains(c.Id))) is not null, $"{user} is in the room");
        return new AudienceClient(connection!, read);
    }

    /// <summary>Publishes one text for each audience, in this order.</summary>
    public static async Task PublishAsync(GatewayNode node, params (string Text, Audience? Audience)[] all)
    {
        foreach (var (text, audience) in all)
        {
            var result = await node.App.Services.GetRequiredService<IBroadcaster>().PublishAsync("news", Publication.Text(text).For(audience), idempotencyKey: null);
            Assert.True(result.IsAccepted, result.Reason);
        }
    }

    public async Task<string[]> ReadAsync(int count)
    {
        var texts = new string[count];
        for (var i = 0; i < count; i++)
        {
            texts[i] = await _read();
        }

        return texts;
    }

    private static Func<Task<string>> Text(ClientSocket socket) => socket.ReadTextAsync;

    private static Func<Task<string>> Data(ClientSocket socket, Func<JsonElement, JsonElement> publication) =>
        async () => publication(await socket.ReadJsonAsync()).GetProperty("data").GetString()!;

    private static Func<Task<string>> Data(ClientEvents events) => async () => (await events.ReadDataAsync()).Data!;

    private static async Task<ClientSocket> CentrifugeAsync(GatewayNode node, string? user, string since)
    {
        var socket = await node.CentrifugeAsync();
        await socket.AskAsync(user is null ? """{"id":1,"connect":{}}""" : $$$"""{"id":1,"connect":{"token":"{{{SignedToken.Of(user)}}}"}}""");
        var recover = since == "now" ? "" : $$""","recover":true,"offset":{{since.Split('.')[0]}},"epoch":"{{since.Split('.')[1]}}" """;
        var subscribed = await socket.AskAsync($$$"""{"id":2,"subscribe":{"channel":"news"{{{recover}}}}}""");
        Assert.Equal(since != "now", subscribed.GetProperty("subscribe").TryGetProperty("recovered", out var recovered) && recovered.GetBoolean());
        return socket;
    }
}
