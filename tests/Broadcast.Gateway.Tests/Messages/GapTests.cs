using System.Text.Json;

namespace Broadcast.Gateway.Tests.Messages;

/// <summary>Whoever comes back to a position that cannot be gone on from is told what is missing, and then gets what there is.</summary>
[Trait("row", "S4.18")]
public sealed class GapTests
{
    private const string Room = "news";

    public static TheoryData<string, string> Lost => new()
    {
        { "epoch", "7.nosuch" },
        { "expired", "2.{0}" },
        { "ahead", "99.{0}" },
    };

    [Theory]
    [MemberData(nameof(Lost))]
    public async Task A_lost_position_is_told_on_every_path(string reason, string position)
    {
        await using var node = await GatewayNode.StartAsync(settings: new()
        {
            ["Broadcast:Rooms:0:Rule:Window:MaxCount"] = "4",
            ["Broadcast:Rooms:0:Rule:History:MaxCount"] = "4",
        });
        var top = default(StreamPosition);
        for (var i = 1; i <= 10; i++)
        {
            top = await node.PublishAsync(Room, $"{i}");
        }

        var since = string.Format(System.Globalization.CultureInfo.InvariantCulture, position, top.Epoch);
        string[] rest = reason == "ahead" ? ["11"] : ["7", "8", "9", "10", "11"];

        var enveloped = await node.EnvelopeAsync(Room, $"&since={since}");
        var events = await node.EventsAsync($"/rooms/{Room}/events", lastEventId: since);
        var several = await node.EventsAsync($"/events?room={Room}&room=other&last_event_id={since},start");
        var bare = await node.SocketAsync(Room, $"?since={since}");
        IsGap((await enveloped.ReadJsonAsync()).GetProperty("gap"));
        foreach (var stream in (ClientEvents[])[events, several])
        {
            var told = await stream.ReadDataAsync();
            Assert.Equal("gap", told.Event);
            IsGap(JsonSerializer.Deserialize<JsonElement>(told.Data!).GetProperty("gap"));
        }

        var close = await bare.ReadAsync();
        Assert.Equal(4000, close.CloseCode);
        Assert.Matches($"^gap .* to .*: {reason}$", close.CloseReason);

        using var history = await node.SendAsync(HttpMethod.Get, $"/rooms/{Room}/messages?since={since}");
        var page = JsonSerializer.Deserialize<JsonElement>(await history.Content.ReadAsStringAsync());
        IsGap(page.GetProperty("gap"));
        Assert.Equal(rest[..^1], page.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("data").GetString()));

        await node.PublishAsync(Room, "11");
        foreach (var expected in rest)
        {
            Assert.Equal(expected, (await enveloped.ReadJsonAsync()).GetProperty("data").GetString());
        }

        Assert.Equal(rest, await events.ReadDataAsync(rest.Length));
        Assert.Equal(rest, await several.ReadDataAsync(rest.Length));

        void IsGap(JsonElement gap)
        {
            Assert.Equal(reason, gap.GetProperty("reason").GetString());
            var (from, to) = reason switch
            {
                "epoch" => ("8.nosuch", $"6.{top.Epoch}"),
                "expired" => ($"3.{top.Epoch}", $"6.{top.Epoch}"),
                _ => ($"11.{top.Epoch}", $"99.{top.Epoch}"),
            };
            Assert.Equal((from, to), (gap.GetProperty("from").GetString(), gap.GetProperty("to").GetString()));
        }
    }

    [Fact]
    public async Task History_is_read_forwards_backwards_and_only_for_its_position()
    {
        await using var node = await GatewayNode.StartAsync();
        var positions = new List<StreamPosition>();
        for (var i = 1; i <= 5; i++)
        {
            positions.Add(await node.PublishAsync(Room, $"{i}"));
        }

        Assert.Equal(["1", "2", "3", "4", "5"], await ReadAsync(""));
        Assert.Equal(["1", "2"], await ReadAsync("?limit=2"));
        Assert.Equal(["4", "5"], await ReadAsync($"?since={positions[2]}"));
        Assert.Equal(["5", "4", "3", "2", "1"], await ReadAsync("?reverse=true"));
        Assert.Equal(["2", "1"], await ReadAsync($"?reverse=true&since={positions[2]}"));
        Assert.Empty(await ReadAsync("?limit=0"));
        Assert.Empty(await ReadAsync($"?limit=0&since={positions[1]}"));
        Assert.Empty(await ReadAsync("?since=now"));
        Assert.Empty(await ReadAsync("?since=start&reverse=true"));

        async Task<IEnumerable<string?>> ReadAsync(string query)
        {
            using var answer = await node.SendAsync(HttpMethod.Get, $"/rooms/{Room}/messages{query}");
            var page = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
            Assert.Equal(positions[^1].ToString(), page.GetProperty("position").GetString());
            Assert.False(page.TryGetProperty("gap", out _), query);
            return page.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("data").GetString());
        }
    }

    [Fact]
    public async Task A_browser_that_may_not_read_history_still_reconnects()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:Rooms:0:History"] = "Nobody" });
        var seen = await node.PublishAsync(Room, "seen");
        await node.PublishAsync(Room, "missed");
        var events = await node.EventsAsync($"/rooms/{Room}/events", lastEventId: seen.ToString());
        await node.PublishAsync(Room, "next");
        Assert.Equal("next", (await events.ReadDataAsync()).Data);
        using var asked = await node.SendAsync(HttpMethod.Get, $"/rooms/{Room}/events?since={seen}");
        Assert.Equal(403, (int)asked.StatusCode);
    }
}
