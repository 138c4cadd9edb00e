using System.Net;

namespace Broadcast.Gateway.Tests;

public sealed class EventStreamTests
{
    [Theory]
    [Trait("row", "S4.8")]
    [Trait("row", "S4.9")]
    [InlineData("/events")]
    [InlineData("/events?room=a&room=b")]
    [InlineData("/rooms/a/events")]
    public async Task Every_stream_opens_with_the_name_of_its_client_and_no_two_are_the_same(string path)
    {
        await using var node = await GatewayNode.StartAsync();
        var streams = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => node.EventsAsync(path)));
        var openings = await Task.WhenAll(streams.Select(s => s.ReadAsync()));
        Assert.All(openings, o => Assert.Equal("connection", o!.Event));
        Assert.All(openings, o => Assert.Matches("^Connected! You are client [A-Za-z0-9_-]+$", o!.Data));
        Assert.Equal(openings.Length, openings.Select(o => o!.Data).Distinct().Count());
    }

    [Theory]
    [Trait("row", "S4.16")]
    [InlineData(Way.Direct)]
    [InlineData(Way.Pipe)]
    public async Task The_heartbeat_is_an_event_for_those_who_ask_for_one(Way way)
    {
        await using var node = await GatewayNode.StartAsync(way, new() { ["Broadcast:Hub:Connections:Heartbeat"] = "00:00:00.2" });
        var events = await node.EventsAsync("/rooms/news/events?heartbeat=event");
        await events.ReadAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(new ClientEvent(null, "heartbeat", "Server heartbeat", null, null), await events.ReadAsync());
        }
    }

    [Fact]
    [Trait("row", "S4.17")]
    public async Task A_periodic_broadcast_brings_the_time_to_everybody_at_its_own_interval()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:Sources:0"] = "clock=machine:0.2" });
        var streams = new[] { await node.EventsAsync("/rooms/clock/events?since=start"), await node.EventsAsync("/rooms/clock/events?since=start") };
        var times = await Task.WhenAll(streams.Select(async s => (await s.ReadDataAsync(3)).Select(TimeIn).ToArray()));

        Assert.Equal(times[0].Order().Distinct(), times[0]);
        Assert.Equal(times[0], times[1]);

        static DateTimeOffset TimeIn(string data) => System.Text.Json.JsonDocument.Parse(data).RootElement.GetProperty("time").GetDateTimeOffset();
    }

    [Fact]
    [Trait("row", "S4.16")]
    public async Task A_heartbeat_that_there_is_not_gets_400()
    {
        await using var node = await GatewayNode.StartAsync(Way.InMemory);
        using var answer = await node.SendAsync(HttpMethod.Get, "/rooms/news/events?heartbeat=always");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }
}
