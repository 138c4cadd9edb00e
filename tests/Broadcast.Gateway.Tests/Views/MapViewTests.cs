using System.Text.Json;
using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Broadcast.Gateway.Tests.Handlers;

namespace Broadcast.Gateway.Tests.Views;

public sealed class MapViewTests
{
    [Fact, Trait("row", "S1.21")]
    public async Task S1_21_Eight_views_of_one_room_are_made_once_each_for_every_publication_however_many_clients_there_are()
    {
        var (calls, next) = (new ConcurrentDictionary<string, int>(), 0);
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("become", (string view, IConnection connection) => connection.UpdateSession(s => s.With("view", view)));
            app.MapView("room", session => session.Attributes["view"]?.Text ?? "none", async (publication, view, cancellation) =>
            {
                await Task.Yield();
                calls.AddOrUpdate($"{Encoding.UTF8.GetString(publication.Data.Span)} for {view}", 1, (_, count) => count + 1);
                return publication.With(Encoding.UTF8.GetBytes(Regex.Replace(Encoding.UTF8.GetString(publication.Data.Span), @"\d", view)), ContentKind.Text);
            });
        });
        var clients = new List<(string View, HandlerClient Client)>();
        for (var n = 0; n < 24; n++)
        {
            var client = await HandlerClient.ConnectAsync(node);
            clients.Add(($"v{next++ % 8}", client));
            Assert.Equal(0, (await client.AskAsync("become", $"\"{clients[^1].View}\"")).Code);
        }

        // When the first one has come, everybody has its view.
        await node.PublishAsync("room", "first 0");
        foreach (var (view, client) in clients)
        {
            Assert.Equal($"first {view}", (await client.OtherAsync()).GetProperty("data").GetString());
        }

        calls.Clear();
        for (var n = 0; n < 10; n++)
        {
            await node.PublishAsync("room", $"item {n}");
        }

        foreach (var (view, client) in clients)
        {
            for (var n = 0; n < 10; n++)
            {
                Assert.Equal($"item {view}", (await client.OtherAsync()).GetProperty("data").GetString());
            }
        }

        Assert.Equal(80, calls.Count);
        Assert.All(calls, call => Assert.Equal(1, call.Value));
    }

    [Theory, Trait("row", "S1.23")]
    [MemberData(nameof(HandlerClient.Paths), MemberType = typeof(HandlerClient))]
    public async Task S1_23_A_permission_that_is_granted_and_revoked_counts_from_the_next_publication_without_reconnecting(string path)
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("grant", (bool granted, IConnection connection) => connection.UpdateSession(s => granted ? s.With("granted", true) : s.Without("granted")));
            app.MapView("*", s => s.Attributes["granted"] is null ? "guest" : "member", (p, view) => view == "guest" ? null : p);
        });
        var client = await HandlerClient.ConnectAsync(node, path);
        if (path == "centrifuge")
        {
            await client.Socket.AskAsync("""{"id":100,"subscribe":{"channel":"room"}}""");
        }

        // What stands before a change may be shown as either: each change comes when the one before has been seen by the client's cursor.
        await ReachedAsync(node, client, await node.PublishAsync("room", "before"));
        await client.AskAsync("grant", "true");
        await node.PublishAsync("room", "while granted");
        Assert.Contains("\"while granted\"", (await client.OtherAsync()).GetRawText(), StringComparison.Ordinal);
        await client.AskAsync("grant", "false");
        await ReachedAsync(node, client, await node.PublishAsync("room", "after"));
        await client.AskAsync("grant", "true");
        await node.PublishAsync("room", "again");

        Assert.Contains("\"again\"", (await client.OtherAsync()).GetRawText(), StringComparison.Ordinal);
        Assert.Equal(1, node.Hub.ConnectionCount);
    }

    [Fact, Trait("row", "S1.24")]
    public async Task S1_24_A_transform_that_throws_withholds_the_item_from_its_own_clients_only_and_is_counted()
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("become", (string view, IConnection connection) => connection.UpdateSession(s => s.With("view", view)));
            app.MapView("room", s => s.Attributes["view"]?.Text ?? "plain", (p, view) => view == "broken" && p.Data.Span[0] == (byte)'x' ? throw new FormatException("not this one") : p);
        });
        var (broken, plain) = (await HandlerClient.ConnectAsync(node), await HandlerClient.ConnectAsync(node));
        await broken.AskAsync("become", "\"broken\"");

        await node.PublishAsync("room", "x");
        await node.PublishAsync("room", "y");

        Assert.Equal("y", (await broken.OtherAsync()).GetProperty("data").GetString());
        Assert.Equal("x", (await plain.OtherAsync()).GetProperty("data").GetString());
        Assert.Equal("y", (await plain.OtherAsync()).GetProperty("data").GetString());
        var metrics = await node.Http.GetStringAsync(node.Address("/metrics"));
        Assert.Contains("broadcast_projections_total{outcome=\"failed\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains(node.Log.Lines, l => l.Event.Id == 74 && l.Text.Contains("not this one", StringComparison.Ordinal));
    }

    [Fact, Trait("row", "S1.25")]
    public async Task S1_25_A_tee_a_fan_out_and_a_dynamic_broadcast_are_rooms_views_and_joins()
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("become", (string view, IConnection connection) => connection.UpdateSession(s => s.With("view", view)));

            // A fan-out: a transform of its own for each branch. Rooms without views are a tee: all get the same.
            app.MapView("fan:*", s => s.Attributes["view"]?.Text ?? "same", (p, view) => view switch
            {
                "upper" => p.With(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(p.Data.Span).ToUpperInvariant()), p.Kind),
                "length" => p.With(Encoding.UTF8.GetBytes($"{p.Data.Length}"), ContentKind.Json),
                _ => p,
            });
        });
        var (same, upper, length) = (await HandlerClient.ConnectAsync(node, room: "fan:1"), await HandlerClient.ConnectAsync(node, room: "fan:1"), await HandlerClient.ConnectAsync(node, room: "fan:1"));
        var tee = new[] { await node.EnvelopeAsync("tee"), await node.EnvelopeAsync("tee") };
        await upper.AskAsync("become", "\"upper\"");
        await length.AskAsync("become", "\"length\"");

        await node.PublishAsync("fan:1", "abc");
        await node.PublishAsync("tee", "abc");

        Assert.Equal("abc", (await same.OtherAsync()).GetProperty("data").GetString());
        Assert.Equal("ABC", (await upper.OtherAsync()).GetProperty("data").GetString());
        Assert.Equal(3, (await length.OtherAsync()).GetProperty("data").GetInt32());
        foreach (var sink in tee)
        {
            Assert.Equal("abc", (await sink.ReadJsonAsync()).GetProperty("data").GetString());
        }

        // Who comes later is one more branch.
        var later = await node.EnvelopeAsync("fan:1", "&since=start");
        Assert.Equal("abc", (await later.ReadJsonAsync()).GetProperty("data").GetString());
    }

    [Fact, Trait("row", "S1.22")]
    public async Task S1_22_What_is_withheld_of_a_history_is_no_gap()
    {
        await using var node = await GatewayNode.StartAsync(map: app => app.MapView("*", _ => "guest", (p, _) => p.Data.Span[0] == (byte)'x' ? null : p));
        var first = await node.PublishAsync("room", "a");
        await node.PublishAsync("room", "x");
        await node.PublishAsync("room", "b");

        var answer = await node.Http.GetStringAsync(node.Address($"/rooms/room/messages?since={first}"));

        Assert.DoesNotContain("gap", answer, StringComparison.Ordinal);
        Assert.Contains("\"data\":\"b\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\"x\"", answer, StringComparison.Ordinal);
        Assert.Contains($"\"position\":\"3.{first.Epoch}\"", answer, StringComparison.Ordinal);
    }

    [Fact, Trait("row", "S1.22")]
    public async Task S1_22_A_page_of_history_is_full_however_much_before_it_is_withheld()
    {
        await using var node = await GatewayNode.StartAsync(map: app => app.MapView("*", _ => "guest", (p, _) => p.Data.Span[0] == (byte)'x' ? null : p));
        for (var i = 0; i < 20; i++)
        {
            await node.PublishAsync("room", i % 10 == 9 ? $"{i}" : $"x{i}");
        }

        Assert.Equal(["9"], Texts(await node.Http.GetStringAsync(node.Address("/rooms/room/messages?limit=1"))));
        Assert.Equal(["19"], Texts(await node.Http.GetStringAsync(node.Address("/rooms/room/messages?limit=1&reverse=1"))));
        Assert.Equal(["9", "19"], Texts(await node.Http.GetStringAsync(node.Address("/rooms/room/messages?limit=5"))));

        static IEnumerable<string?> Texts(string answer) =>
            JsonDocument.Parse(answer).RootElement.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("data").GetString());
    }

    [Fact]
    public async Task What_is_wrong_with_a_view_is_said_in_one_sentence_when_it_is_mapped()
    {
        ArgumentException? badName = null, twice = null;
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            badName = Assert.Throws<ArgumentException>(() => app.MapView("chat *", _ => "v", (p, _) => p));
            app.MapView("chat:*", _ => "v", (p, _) => p);
            twice = Assert.Throws<ArgumentException>(() => app.MapView("chat:*", _ => "v", (p, _) => p));
        });
        var late = Assert.Throws<InvalidOperationException>(() => node.App.MapView("late", _ => "v", (p, _) => p));

        Assert.StartsWith("Views are for 'chat *'; it may be a room's name or a prefix that ends in *.", badName!.Message, StringComparison.Ordinal);
        Assert.StartsWith("The views of 'chat:*' are mapped already.", twice!.Message, StringComparison.Ordinal);
        Assert.Equal("The views of 'late' come too late: views are mapped before the application starts.", late.Message);
    }

    private static Task ReachedAsync(GatewayNode node, HandlerClient client, StreamPosition position) => Wait.UntilAsync(
        async () =>
        {
            StreamPosition reached = default;
            await node.Hub.WithConnectionAsync(client.Id, c => reached = c.Subscriptions[0].Position);
            return reached == position;
        },
        "the client's cursor has passed the publication");
}
