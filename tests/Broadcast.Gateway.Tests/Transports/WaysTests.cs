using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Broadcast.Gateway.Tests.Transports;

/// <summary>What must hold whatever way a client reaches the node. Each way inherits it.</summary>
public abstract class WaysTests(Way way)
{
    private const string Room = "news";

    [Fact]
    public async Task Clients_are_served_by_the_transport_their_way_allows()
    {
        await using var node = await StartAsync();
        var socket = await node.EnvelopeAsync(Room);
        var events = await node.EventsAsync($"/rooms/{Room}/events");
        await events.ReadAsync();
        var isDirect = way == Way.Direct;
        Assert.Equal((isDirect ? 2 : 0, isDirect ? 0 : 2), (node.Transports.Direct, node.Transports.Streams));
        Assert.NotEqual("", socket.Id);
    }

    [Fact]
    [Trait("row", "S5.15")]
    [Trait("row", "S5.14")]
    [Trait("row", "S1.1")]
    public async Task Text_and_binary_go_both_ways_at_once_and_all_see_one_order()
    {
        const int Each = 100;
        await using var node = await StartAsync();
        ClientSocket[] clients = [await node.SocketAsync(Room), await node.SocketAsync(Room)];
        var sending = clients.Select(async (client, who) =>
        {
            for (var i = 0; i < Each; i++)
            {
                await (i % 2 == 0 ? client.SendAsync($"{who}:{i}") : client.SendAsync([(byte)who, (byte)i]));
            }
        }).ToList();
        var reading = clients.Select(async client =>
        {
            var seen = new List<string>();
            while (seen.Count < 2 * Each)
            {
                var message = await client.ReadAsync();
                seen.Add(message.Type == WebSocketMessageType.Text ? message.Text : $"{message.Bytes[0]}:{message.Bytes[1]}");
            }

            return seen;
        }).ToList();
        await Task.WhenAll(sending);
        var all = await Task.WhenAll(reading);
        Assert.Equal(all[0], all[1]);
        for (var who = 0; who < 2; who++)
        {
            Assert.Equal(Enumerable.Range(0, Each).Select(i => $"{who}:{i}"), all[0].Where(m => m.StartsWith($"{who}:", StringComparison.Ordinal)));
        }
    }

    [Fact]
    [Trait("row", "S1.2")]
    public async Task A_client_that_sees_its_connection_open_gets_what_is_published_after_that()
    {
        await using var node = await StartAsync();
        for (var i = 0; i < 20; i++)
        {
            // A room of its own each time, which opens for it, and one that is open.
            foreach (var room in (string[])[Room, $"{Room}-{i}"])
            {
                var socket = await node.SocketAsync(room);
                await node.PublishAsync(room, $"{i}");
                Assert.Equal($"{i}", await socket.ReadTextAsync());
                var events = await node.EventsAsync($"/rooms/{room}/events");
                await node.PublishAsync(room, $"{i}!");
                Assert.Equal($"{i}!", (await events.ReadDataAsync()).Data);
            }
        }
    }

    [Fact]
    [Trait("row", "S4.18")]
    public async Task A_position_is_gone_on_from_without_a_hole_or_a_repeat()
    {
        await using var node = await StartAsync();
        var positions = new List<StreamPosition>();
        for (var i = 1; i <= 5; i++)
        {
            positions.Add(await node.PublishAsync(Room, $"{i}"));
        }

        var fromStart = await node.SocketAsync(Room, "?since=start");
        var fromThird = await node.SocketAsync(Room, $"?since={positions[2]}");
        var fromNow = await node.SocketAsync(Room, "?since=now");
        var events = await node.EventsAsync($"/rooms/{Room}/events?since={positions[2]}");
        var again = await node.EventsAsync($"/rooms/{Room}/events?since=start", lastEventId: positions[3].ToString());
        await node.PublishAsync(Room, "6");
        Assert.Equal(["1", "2", "3", "4", "5", "6"], await fromStart.ReadTextsAsync(6));
        Assert.Equal(["4", "5", "6"], await fromThird.ReadTextsAsync(3));
        Assert.Equal(["6"], await fromNow.ReadTextsAsync(1));
        Assert.Equal(["4", "5", "6"], await events.ReadDataAsync(3));
        Assert.Equal(["5", "6"], await again.ReadDataAsync(2));
    }

    [Fact]
    [Trait("row", "S5.5")]
    public async Task Commands_publish_pause_and_resume_and_wrong_ones_are_answered()
    {
        await using var node = await StartAsync();
        var client = await node.EnvelopeAsync(Room);
        var published = await client.AskAsync("""{"id":1,"publish":{"data":{"a":1},"key":"k","event":"e","tags":{"t":"v"}}}""");
        Assert.StartsWith("1.", published.GetProperty("result").GetProperty("position").GetString()!, StringComparison.Ordinal);
        var echo = await client.ReadJsonAsync();
        Assert.Equal("""{"a":1}""", echo.GetProperty("data").GetRawText());
        Assert.Equal(("k", "e", "v"), (echo.GetProperty("key").GetString(), echo.GetProperty("event").GetString(), echo.GetProperty("tags").GetProperty("t").GetString()));

        var paused = await client.AskAsync("""{"id":2,"pause":true}""");
        Assert.StartsWith("1.", paused.GetProperty("result").GetProperty("position").GetString()!, StringComparison.Ordinal);
        await node.PublishAsync(Room, "two");
        await node.PublishAsync(Room, "three");
        var wrong = await client.AskAsync("""{"id":3,"dance":true}""");
        Assert.Equal((3, 107), (wrong.GetProperty("id").GetInt32(), wrong.GetProperty("error").GetProperty("code").GetInt32()));
        var resumed = await client.AskAsync("""{"id":4,"resume":true}""");
        Assert.StartsWith("1.", resumed.GetProperty("result").GetProperty("position").GetString()!, StringComparison.Ordinal);
        Assert.Equal("two", (await client.ReadJsonAsync()).GetProperty("data").GetString());
        Assert.Equal("three", (await client.ReadJsonAsync()).GetProperty("data").GetString());
    }

    [Fact]
    [Trait("row", "S4.1")]
    [Trait("row", "S4.3")]
    [Trait("row", "S4.4")]
    [Trait("row", "S4.5")]
    [Trait("row", "S4.6")]
    [Trait("row", "S4.7")]
    [Trait("row", "S4.16")]
    public async Task An_event_stream_has_headers_ids_names_lines_a_retry_and_a_heartbeat()
    {
        await using var node = await StartAsync(new() { ["Broadcast:Retry"] = "00:00:03", ["Broadcast:Hub:Connections:Heartbeat"] = "00:00:00.5" });
        var before = await node.PublishAsync(Room, "before");
        var events = await node.EventsAsync($"/rooms/{Room}/events");
        Assert.Equal("text/event-stream", events.Response.Content.Headers.ContentType?.MediaType);
        Assert.True(events.Response.Headers.CacheControl?.NoCache);
        var opening = await events.ReadAsync();
        Assert.StartsWith("Connected! You are client ", opening!.Data, StringComparison.Ordinal);
        Assert.Equal(new ClientEvent(before.ToString(), "connection", opening.Data, "3000", null), opening);

        await node.PostAsync(Room, "one\ntwo\r\nthree\rid: 9.x\nevent: forged\n\ndata: more", query: "?event=alarm");
        var first = await events.ReadDataAsync();
        Assert.Equal("one\ntwo\nthree\nid: 9.x\nevent: forged\n\ndata: more", first.Data);
        Assert.Equal("alarm", first.Event);
        var second = await node.PublishAsync(Room, "plain");
        Assert.Equal(new ClientEvent(second.ToString(), null, "plain", null, null), await events.ReadDataAsync());
        Assert.Equal(before.Offset + 2, second.Offset);
        while ((await events.ReadAsync())!.Comment is null)
        {
        }
    }

    [Fact]
    [Trait("row", "S4.19")]
    public async Task Several_rooms_come_on_one_stream_and_resume_each_at_its_own_place()
    {
        await using var node = await StartAsync();
        var events = await node.EventsAsync("/events?room=a&room=b");
        Assert.Equal(2, (await events.ReadAsync())!.Id!.Split(',').Length);
        await node.PublishAsync("a", "a1");
        var a1 = await events.ReadDataAsync();
        await node.PublishAsync("b", "b1");
        var b1 = await events.ReadDataAsync();
        Assert.Equal(("a1", "b1"), (a1.Data, b1.Data));
        Assert.StartsWith("1.", b1.Id!.Split(',')[0], StringComparison.Ordinal);
        Assert.StartsWith("1.", b1.Id!.Split(',')[1], StringComparison.Ordinal);

        await node.PublishAsync("b", "b2");
        await node.PublishAsync("a", "a2");
        var again = await node.EventsAsync("/events?room=a&room=b", lastEventId: a1.Id);
        Assert.Equal(["a2", "b1", "b2"], (await again.ReadDataAsync(3)).Order());
        var enveloped = await node.EventsAsync("/events?room=a&room=b&since=start&envelope=1");
        var rooms = (await enveloped.ReadDataAsync(4)).Select(d => JsonSerializer.Deserialize<JsonElement>(d).GetProperty("room").GetString());
        Assert.Equal(["a", "a", "b", "b"], rooms.Order());
    }

    [Fact]
    [Trait("row", "S1.6")]
    [Trait("row", "S1.7")]
    public async Task A_client_that_stops_reading_does_not_hold_up_its_neighbours_and_misses_nothing()
    {
        const int Count = 300;
        await using var node = await StartAsync();
        var payload = new string('x', 32 << 10);
        var stalled = await node.EnvelopeAsync(Room, receiveBuffer: 4_096);
        var reader = await node.SocketAsync(Room);
        var events = await node.EventsAsync($"/rooms/{Room}/events");
        var neighbours = Task.WhenAll(ReadAllAsync(i => reader.ReadTextAsync()), ReadAllAsync(async i => (await events.ReadDataAsync()).Data!));
        for (var i = 0; i < Count; i++)
        {
            await node.PublishAsync(Room, $"{i} {payload}");
        }

        await neighbours.WaitAsync(Wait.Patience);
        if (way != Way.InMemory)
        {
            // The test server takes any amount for a client.
            await Wait.UntilAsync(async () => (await StatusAsync(node, stalled)).GetProperty("parked").GetBoolean(), "the client that does not read is parked");
        }

        await ReadAllAsync(async i => (await stalled.ReadJsonAsync()).GetProperty("data").GetString()!);

        async Task ReadAllAsync(Func<int, Task<string>> read)
        {
            for (var i = 0; i < Count; i++)
            {
                Assert.StartsWith($"{i} ", await read(i), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    [Trait("row", "S5.16")]
    public async Task A_close_by_the_client_is_answered_with_its_own_code()
    {
        await using var node = await StartAsync();
        var client = await node.SocketAsync(Room);
        await client.CloseAsync(4123, "done");
        Assert.Equal(4123, (int?)client.Socket.CloseStatus);
        await node.AllGoneAsync();

        // Without a code.
        var silent = await node.SocketAsync(Room);
        using var patience = new CancellationTokenSource(Wait.Patience);
        await silent.Socket.CloseAsync(WebSocketCloseStatus.Empty, null, patience.Token);
        await node.AllGoneAsync();
    }

    [Fact]
    [Trait("row", "S5.16")]
    public async Task A_close_by_the_server_has_a_code_and_a_reason()
    {
        await using var node = await StartAsync(new() { ["Broadcast:Rooms:0:Publish"] = "Nobody" });
        var client = await node.SocketAsync(Room);
        await client.SendAsync("not allowed");
        var close = await client.ReadAsync();
        Assert.Equal((3507, "permission denied"), (close.CloseCode, close.CloseReason));
        await client.CloseAsync(3507);
        await node.AllGoneAsync();
    }

    [Fact]
    [Trait("row", "S5.16")]
    [Trait("row", "S4.10")]
    [Trait("row", "S1.13")]
    public async Task A_client_that_vanishes_is_removed_at_once_and_once()
    {
        await using var node = await StartAsync();
        var stays = await node.SocketAsync(Room);
        var socket = await node.SocketAsync(Room);
        var events = await node.EventsAsync($"/rooms/{Room}/events");
        await events.ReadAsync();
        await Wait.UntilAsync(() => node.Hub.FindRoom(Room)!.Presence.Count == 3, "all three are there");
        socket.Socket.Abort();
        events.Dispose();
        await Wait.UntilAsync(() => node.Hub.ConnectionCount == 1 && node.Hub.FindRoom(Room)!.Presence.Count == 1, "two have gone");
        await node.PublishAsync(Room, "still here");
        Assert.Equal("still here", await stays.ReadTextAsync());
    }

    [Fact]
    [Trait("row", "S5.15")]
    public async Task A_message_of_a_mebibyte_gets_through_where_settings_allow_it()
    {
        await using var node = await StartAsync(new() { ["Broadcast:MaxMessageBytes"] = $"{2 << 20}" });
        var large = string.Concat(Enumerable.Range(0, 128 << 10).Select(i => $"{i,7} "));
        var client = await node.SocketAsync(Room);
        var events = await node.EventsAsync($"/rooms/{Room}/events");
        await client.SendAsync(large);
        Assert.Equal(large, await client.ReadTextAsync());
        Assert.Equal(large, (await events.ReadDataAsync()).Data);
        await client.SendAsync(Encoding.UTF8.GetBytes(large));
        Assert.Equal(large, (await client.ReadAsync()).Text);
        using var answer = await node.PostAsync(Room, large);
        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal(large, await client.ReadTextAsync());
    }

    [Fact]
    [Trait("row", "S5.16")]
    public async Task When_the_node_stops_clients_are_told_and_it_stops_when_they_have_gone()
    {
        await using var node = await StartAsync(new() { ["Broadcast:Drain:Deadline"] = "02:00:00", ["Broadcast:Drain:Patience"] = "01:00:00" });
        var socket = await node.SocketAsync(Room);
        var enveloped = await node.EnvelopeAsync(Room);
        var events = await node.EventsAsync($"/rooms/{Room}/events");
        await events.ReadAsync();
        var stopping = node.StopAsync();
        foreach (var client in (ClientSocket[])[socket, enveloped])
        {
            var close = await client.ReadAsync();
            Assert.Equal(3001, close.CloseCode);
            await client.CloseAsync(3001);
        }

        var last = await events.ReadAsync();
        Assert.NotNull(last?.Retry);
        Assert.Equal(new ClientEvent(null, null, null, last.Retry, null), last);
        Assert.Null(await events.ReadAsync());
        await stopping.WaitAsync(Wait.Patience);
        var drained = await node.Hub.Drained;
        Assert.Equal((3, 0, 0), (drained.Moved, drained.Reset, drained.Cut));
        Assert.Equal(0, node.Hub.ConnectionCount);
    }

    private static async Task<JsonElement> StatusAsync(GatewayNode node, ClientSocket client)
    {
        using var answer = await node.SendAsync(HttpMethod.Get, $"/connections/{client.Id}");
        return JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()).GetProperty("subscriptions")[0];
    }

    private Task<GatewayNode> StartAsync(Dictionary<string, string?>? settings = null) => GatewayNode.StartAsync(way, settings);
}
