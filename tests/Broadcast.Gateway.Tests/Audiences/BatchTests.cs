using System.Text.Json;
using Broadcast.Gateway.Tests.Handlers;
using Microsoft.AspNetCore.Builder;

namespace Broadcast.Gateway.Tests.Audiences;

/// <summary>One call updates different groups; each client gets one message with what is its own.</summary>
public sealed class BatchTests
{
    [Fact, Trait("row", "S2.29"), Trait("row", "S2.30"), Trait("row", "S2.31"), Trait("row", "S2.49")]
    public async Task Each_client_gets_only_its_own_updates_as_one_batch_in_the_order_of_the_call()
    {
        await using var node = await AudienceClient.StartAsync(app => app.On("update", async (IConnections connections) =>
        {
            var sent = await connections.SendBatchAsync(
                (Audience.SignedIn, new Fragment("#a", $"for all")),
                (Audience.Role("admin"), new Fragment("#b", $"for admins")),
                (Audience.SignedIn, new Fragment("#c", $"for all", Swap.BeforeEnd)));
            return sent.Sum(a => a.Value!.Connections);
        }));
        var asks = await HandlerClient.ConnectAsync(node);
        var (admin, user) = (await node.EnvelopeAsync("room", $"&token={SignedToken.Of("ann")}"), await node.EnvelopeAsync("room", $"&token={SignedToken.Of("bob")}"));
        var events = await node.EventsAsync($"/rooms/room/events?token={SignedToken.Of("eve")}");
        var gone = await node.EnvelopeAsync("room", $"&token={SignedToken.Of("gone")}");
        await gone.CloseAsync(1000);
        await Wait.UntilAsync(() => node.Hub.Connections.Find(gone.Id) is null && node.Hub.Connections.OfUser("eve").Count == 1, "one has gone, and the others are there");
        await node.CameAsync(4);
        node.Hub.Connections.Find(admin.Id)!.UpdateSession(s => s.With("roles", "admin"));

        Assert.Equal("3", (await asks.AskAsync("update")).Data);
        await node.PublishAsync("room", "end");

        const string A = """{"target":"#a","html":"for all","swap":"innerHTML"}""", B = """{"target":"#b","html":"for admins","swap":"innerHTML"}""",
            C = """{"target":"#c","html":"for all","swap":"beforeend"}""";
        Assert.Equal($$"""{"type":"batch","updates":[{{A}},{{B}},{{C}}]}""", Data(await admin.ReadJsonAsync()));
        Assert.Equal($$"""{"type":"batch","updates":[{{A}},{{C}}]}""", Data(await user.ReadJsonAsync()));
        Assert.Equal($$"""{"type":"batch","updates":[{{A}},{{C}}]}""", (await events.ReadDirectAsync()).Data);
        Assert.All([await admin.ReadJsonAsync(), await user.ReadJsonAsync()], said => Assert.Equal("end", said.GetProperty("data").GetString()));
        Assert.Equal("end", (await asks.OtherAsync()).GetProperty("data").GetString());
        var metrics = await node.Http.GetStringAsync(node.Address("/metrics"));
        Assert.Contains("\nbroadcast_batches_total 3\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nbroadcast_batched_updates_total 7\n", metrics, StringComparison.Ordinal);
    }

    [Fact, Trait("row", "S2.29")]
    public async Task Too_many_updates_and_audiences_that_there_are_not_are_refused_and_nothing_is_sent()
    {
        string? refused = null;
        await using var node = await AudienceClient.StartAsync(app => app.On("update", async (int count, IConnections connections) =>
        {
            var update = new Fragment("#a", $"x");
            var updates = Enumerable.Range(0, count).Select(i => (i == 2 ? Audience.Named("unknown") : Audience.AllBut("nobody"), update)).ToArray();
            refused = (await Assert.ThrowsAsync<ArgumentException>(() => connections.SendBatchAsync(updates))).Message;
        }));
        var client = await HandlerClient.ConnectAsync(node);

        await client.AskAsync("update", "0");
        Assert.Equal("A message has 1 to 64 parts; this one has 0.", refused);
        await client.AskAsync("update", "65");
        Assert.Equal("A message has 1 to 64 parts; this one has 65.", refused);
        await client.AskAsync("update", "3");
        Assert.StartsWith("There is no audience 'unknown'", refused, StringComparison.Ordinal);
        Assert.False(client.HasOther);
    }

    private static string Data(JsonElement said) => said.GetProperty("message").GetProperty("data").GetRawText();
}
