using Broadcast.Gateway.Tests.Audiences;
using Broadcast.Gateway.Tests.Handlers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Broadcast.Gateway.Tests.Sessions;

/// <summary>What became of messages outside of rooms is in the log of who asks for it, in the words of docs/application.md.</summary>
public sealed class SentLogTests
{
    /// <summary>What the host says of requests is not looked at.</summary>
    private static readonly Dictionary<string, string?> s_quiet = new() { ["Logging:LogLevel:Microsoft"] = "Warning" };

    private static readonly Dictionary<string, string?> s_asked = new(s_quiet) { ["Logging:LogLevel:Broadcast.Gateway.Connections"] = "Debug" };

    [Fact, Trait("row", "S4.13")]
    public async Task S4_13_Each_way_of_sending_says_in_the_log_for_how_many_of_those_meant_it_was_accepted()
    {
        await using var node = await AudienceClient.StartAsync(Map, s_asked);
        var client = await ConnectAsync(node);

        Assert.Equal("2", (await client.AskAsync("user")).Data);
        Assert.Equal("3", (await client.AskAsync("audience")).Data);
        Assert.Equal("2", (await client.AskAsync("batch")).Data);

        Assert.Equal(
            [
                "A message for user ann was accepted for 2 clients; 0 nodes did not answer.",
                $"A message for {Audience.SignedIn} was accepted for 3 of 3 clients; 0 nodes did not answer.",
                "A batch of 2 updates was accepted for 2 of 2 clients; 0 nodes did not answer.",
            ],
            Sent(node));
    }

    [Fact, Trait("row", "S4.13")]
    public async Task Who_does_not_ask_for_it_reads_nothing_of_it()
    {
        await using var node = await AudienceClient.StartAsync(Map, s_quiet);
        var client = await ConnectAsync(node);

        foreach (var way in (string[])["user", "audience", "batch"])
        {
            Assert.Equal(0, (await client.AskAsync(way)).Code);
        }

        Assert.Empty(Sent(node));
    }

    private static void Map(WebApplication app)
    {
        var update = new Fragment("#a", $"x");
        app.On("user", async (IConnections connections) => (await connections.SendToUserAsync("ann", update)).Sum(a => a.Value));
        app.On("audience", async (IConnections connections) => (await connections.SendAsync(Audience.SignedIn, update)).Sum(a => a.Value!.Connections));
        app.On("batch", async (IConnections connections) =>
            (await connections.SendBatchAsync((Audience.User("ann"), update), (Audience.Nobody, update))).Sum(a => a.Value!.Connections));
    }

    /// <returns>A client without a user, beside two of ann and one of bob.</returns>
    private static async Task<HandlerClient> ConnectAsync(GatewayNode node)
    {
        node.Log.Least = LogLevel.Debug;
        foreach (var user in (string[])["ann", "ann", "bob"])
        {
            await node.EnvelopeAsync("room", $"&token={SignedToken.Of(user)}");
        }

        return await HandlerClient.ConnectAsync(node);
    }

    private static IEnumerable<string> Sent(GatewayNode node) => node.Log.Lines.Where(l => l.Event.Id is >= 126 and <= 128).Select(l => l.Text);
}
