using System.Net;
using System.Text.Json;

namespace Broadcast.Gateway.Tests;

/// <summary>In an application of its own kind, whoever its authentication lets in is known to the node too.</summary>
public sealed class EmbeddedUserTests
{
    private static readonly (string, string) s_ann = (IdentityNode.UserHeader, "ann");

    [Fact]
    public async Task The_applications_user_is_signed_in_and_named()
    {
        await using var node = await IdentityNode.StartAsync();
        var socket = await node.SocketAsync("/rooms/r/socket", s_ann, IdentityNode.Remote);
        await IdentityNode.SendAsync(socket, "hello");
        Assert.Equal("hello", await IdentityNode.ReadAsync(socket));

        using var presence = await node.GetAsync("/rooms/r/presence", s_ann, IdentityNode.Remote);
        using var history = await node.GetAsync("/rooms/r/messages", s_ann, IdentityNode.Remote);

        Assert.Contains("\"user\":\"ann\"", await presence.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("\"publisher\":\"ann\"", await history.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_nodes_own_token_decides_before_the_application()
    {
        await using var node = await IdentityNode.StartAsync();

        await node.PostAsync("r", s_ann, IdentityNode.Bearer(SignedToken.Of("bob")));
        using var forged = await node.PostAsync("r", s_ann, IdentityNode.Bearer("garbage"));

        Assert.Equal(HttpStatusCode.Unauthorized, forged.StatusCode);
        using var history = await node.GetAsync("/rooms/r/messages", s_ann);
        var messages = JsonSerializer.Deserialize<JsonElement>(await history.Content.ReadAsStringAsync()).GetProperty("messages");
        Assert.Equal("bob", Assert.Single(messages.EnumerateArray()).GetProperty("publisher").GetString());
    }

    [Fact]
    public async Task Where_the_node_has_no_keys_tokens_and_keys_are_the_applications_affair()
    {
        await using var node = await IdentityNode.StartAsync(IdentityNode.OpenToSignedIn()
            .Where(s => !s.Key.Contains("Tokens", StringComparison.Ordinal) && !s.Key.Contains("ApiKeys", StringComparison.Ordinal)).ToDictionary());

        Assert.Equal(HttpStatusCode.OK, (await node.PostAsync("r", s_ann, IdentityNode.Bearer("the-applications-own"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await node.PostAsync("r", s_ann, ("X-API-Key", "the-applications-own"))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await node.PostAsync("r", IdentityNode.Bearer("the-applications-own"))).StatusCode);
    }
}
