using System.Text.Json;
using Broadcast.Gateway.Tests.Handlers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Fragments;

/// <summary>Fragments on their way to real clients.</summary>
public sealed class SendingTests
{
    private const string Row = """{"target":"#list","html":"<li>&lt;b&gt;</li>","swap":"beforeend"}""";

    [Fact, Trait("row", "S2.1"), Trait("row", "S2.2")]
    public async Task A_fragment_that_is_published_reaches_everybody_in_the_room_on_every_path()
    {
        await using var node = await GatewayNode.StartAsync();
        var (bare, envelope, centrifuge) = (await node.SocketAsync("room"), await node.EnvelopeAsync("room"), await node.CentrifugeAsync());
        await centrifuge.AskAsync("""{"id":1,"connect":{}}""");
        await centrifuge.AskAsync("""{"id":2,"subscribe":{"channel":"room"}}""");
        var events = await node.EventsAsync("/rooms/room/events");
        await events.ReadAsync();

        var result = await Broadcaster(node).PublishAsync("room", new Fragment("#list", $"<li>{"<b>"}</li>", Swap.BeforeEnd));
        await Broadcaster(node).PublishAsync("room", new Fragment("#news", $"new"));

        Assert.True(result.IsAccepted);
        Assert.Equal([Row, """{"target":"#news","html":"new","swap":"innerHTML"}"""], await bare.ReadTextsAsync(2));
        Assert.Equal(Row, (await envelope.ReadJsonAsync()).GetProperty("data").GetRawText());
        Assert.Equal(Row, (await centrifuge.ReadJsonAsync()).GetProperty("push").GetProperty("pub").GetProperty("data").GetRawText());
        Assert.Equal(Row, (await events.ReadAsync())!.Data);
    }

    [Theory, Trait("row", "S2.15"), Trait("row", "S2.29")]
    [MemberData(nameof(HandlerClient.Paths), MemberType = typeof(HandlerClient))]
    public async Task Updates_for_one_client_leave_as_one_message_before_the_answer(string path)
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("nothing", () => { });
            app.On("follow", async (IConnection connection) =>
            {
                await connection.SendAsync(new FragmentBatch().Add("#notes", $"<p>You follow {"<ann>"}</p>", Swap.AfterBegin).Add("#count", $"{1}"));
                return new Fragment("#button", $"Following", Swap.OuterHtml);
            });
        });
        var (client, other) = (await HandlerClient.ConnectAsync(node, path), await HandlerClient.ConnectAsync(node, path));

        var reply = await client.AskAsync("follow");

        Assert.True(client.HasOther);
        Assert.Equal(
            """{"type":"batch","updates":[{"target":"#notes","html":"<p>You follow &lt;ann&gt;</p>","swap":"afterbegin"},{"target":"#count","html":"1","swap":"innerHTML"}]}""",
            MessageOf(await client.OtherAsync()));
        Assert.Equal("""{"target":"#button","html":"Following","swap":"outerHTML"}""", reply.Data);
        await other.AskAsync("nothing");
        Assert.False(other.HasOther);
    }

    [Theory]
    [MemberData(nameof(HandlerClient.Paths), MemberType = typeof(HandlerClient))]
    public async Task Half_of_a_surrogate_pair_is_replaced_wherever_an_application_says_it(string path)
    {
        const string Said = "a\ud83d", Shown = "a\ufffd";
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            app.On("answer", () => new Dictionary<string, string> { [Said] = Said });
            app.On("refuse", string () => throw new RequestException(Said));
            app.On("send", (IConnection connection) => connection.SendAsync(new Fragment("#list", $"{Said}")));
            app.On("name", (IConnection connection) => connection.UpdateSession(s => s.With(Said, Said).With("roles", new[] { Said })));
        });
        var client = await HandlerClient.ConnectAsync(node, path);
        if (path == "centrifuge")
        {
            await client.Socket.AskAsync("""{"id":99,"subscribe":{"channel":"room"}}""");
        }

        Assert.Equal(Shown, JsonSerializer.Deserialize<Dictionary<string, string>>((await client.AskAsync("answer")).Data!)![Shown]);
        Assert.Equal(Shown, (await client.AskAsync("refuse")).Message);
        await client.AskAsync("send");
        Assert.Equal(Shown, JsonSerializer.Deserialize<JsonElement>(MessageOf(await client.OtherAsync())).GetProperty("html").GetString());

        await client.AskAsync("name");
        var found = Assert.Single(await node.App.Services.GetRequiredService<IConnections>().FindAsync(ConnectionQuery.OfClient(client.Id)));
        Assert.Equal(Shown, JsonSerializer.SerializeToElement(Assert.Single(found.Value!.Clients).Attributes).GetProperty(Shown).GetString());

        await node.Hub.PublishAsync("room", new Publication("1"u8.ToArray(), ContentKind.Json)
        {
            Key = Said,
            Event = Said,
            Tags = new Dictionary<string, string> { [Said] = Said },
            Info = new ClientInfo("client", Said),
        });
        Assert.Contains(Shown, StringsOf(await client.OtherAsync()));
    }

    [Fact, Trait("row", "S2.4")]
    public async Task What_is_sent_to_one_connection_reaches_it_alone_on_whichever_node_it_is()
    {
        await using var cluster = await GatewayCluster.StartAsync();
        var (here, there) = (await HandlerClient.ConnectAsync(cluster.A), await HandlerClient.ConnectAsync(cluster.B));
        var (broadcaster, fragment) = (Broadcaster(cluster.A), new Fragment("#list", $"<li>{"<b>"}</li>", Swap.BeforeEnd));

        Assert.True(await broadcaster.SendAsync(there.Id, fragment));
        Assert.Equal(Row, MessageOf(await there.OtherAsync()));
        Assert.True(await broadcaster.SendAsync(here.Id, "only you"));
        Assert.Equal("\"only you\"", MessageOf(await here.OtherAsync()));
        Assert.False(await broadcaster.SendAsync("nobody", fragment));
    }

    [Fact]
    public async Task What_is_too_long_is_refused_and_not_sent()
    {
        await using var node = await GatewayNode.StartAsync(
            settings: new() { ["Broadcast:MaxMessageBytes"] = "100", ["Broadcast:Hub:Connections:MaxReplyBytes"] = "1024" },
            map: app => app.On("flood", (IConnection connection) => connection.SendAsync(new string('x', 1_024))));
        var client = await HandlerClient.ConnectAsync(node);

        var published = await Broadcaster(node).PublishAsync("room", new string('x', 100));

        Assert.Equal((PublishOutcome.Refused, "A publication has at most 100 bytes."), (published.Outcome, published.Reason));
        await Assert.ThrowsAsync<ArgumentException>(() => Broadcaster(node).SendAsync(client.Id, new string('x', 1_024)));
        Assert.Equal(100, (await client.AskAsync("flood")).Code);
        Assert.False(client.HasOther);
    }

    [Fact]
    public async Task A_handler_may_end_its_connection()
    {
        await using var node = await GatewayNode.StartAsync(map: app => app.On("leave", (IConnection connection) => connection.CloseAsync(new Disconnect(4500, "goodbye"))));
        var client = await HandlerClient.ConnectAsync(node);
        await client.SendAsync("leave");

        var end = await client.Socket.ReadAsync();

        Assert.Equal((4500, "goodbye"), (end.CloseCode, end.CloseReason));
    }

    private static IBroadcaster Broadcaster(GatewayNode node) => node.App.Services.GetRequiredService<IBroadcaster>();

    private static IEnumerable<string?> StringsOf(JsonElement said) => said.ValueKind switch
    {
        JsonValueKind.Object => said.EnumerateObject().SelectMany(p => StringsOf(p.Value)),
        JsonValueKind.Array => said.EnumerateArray().SelectMany(StringsOf),
        JsonValueKind.String => [said.GetString()],
        _ => [],
    };

    private static string MessageOf(JsonElement said) =>
        (said.TryGetProperty("push", out var push) ? push : said).GetProperty("message").GetProperty("data").GetRawText();
}
