using System.Text;

namespace Broadcast.Gateway.Tests;

/// <summary>What a token opened ends with it.</summary>
public sealed class ExpiryTests
{
    [Fact]
    public async Task A_socket_ends_with_3005_when_its_token_has_expired_and_not_before()
    {
        await using var node = await IdentityNode.StartAsync();
        var socket = await node.SocketAsync("/rooms/r/socket", IdentityNode.Bearer(Token(node, TimeSpan.FromSeconds(10))));

        // Clocks may differ by 5 s.
        node.Time.Advance(TimeSpan.FromSeconds(14));
        await node.Hub.PublishAsync("r", Publication.Text("still here"));
        Assert.Equal("still here", await IdentityNode.ReadAsync(socket));

        node.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("close 3005 connection expired", await IdentityNode.ReadAsync(socket));
    }

    [Fact]
    public async Task An_event_stream_ends_when_its_token_has_expired_and_comes_back_with_109()
    {
        await using var node = await IdentityNode.StartAsync();
        var token = Token(node, TimeSpan.FromSeconds(10));
        using var stream = await node.GetAsync($"/rooms/r/events?token={token}");
        var body = await stream.Content.ReadAsStreamAsync();
        var lines = new StreamReader(body, Encoding.UTF8);
        Assert.Equal("retry: 5000", await lines.ReadLineAsync());

        node.Time.Advance(TimeSpan.FromSeconds(16));

        var rest = await lines.ReadToEndAsync().WaitAsync(Wait.Patience);
        Assert.StartsWith("id: ", rest, StringComparison.Ordinal);
        using var again = await node.GetAsync($"/rooms/r/events?token={token}");
        Assert.Contains("\"code\":109", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_without_an_end_outlives_one_with()
    {
        await using var node = await IdentityNode.StartAsync(IdentityNode.OpenToSignedIn("Anyone"));
        var ending = await node.SocketAsync("/rooms/r/socket", IdentityNode.Bearer(Token(node, TimeSpan.FromSeconds(1))));
        var lasting = await node.SocketAsync("/rooms/r/socket", IdentityNode.Bearer(SignedToken.Of()));
        await Wait.UntilAsync(() => node.Hub.FindRoom("r")?.Presence.Count == 2, "both are in");
        await node.Hub.PublishAsync("r", Publication.Text("here"));
        Assert.Equal(("here", "here"), (await IdentityNode.ReadAsync(ending), await IdentityNode.ReadAsync(lasting)));

        node.Time.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal("close 3005 connection expired", await IdentityNode.ReadAsync(ending));

        await node.Hub.PublishAsync("r", Publication.Text("still here"));
        Assert.Equal("still here", await IdentityNode.ReadAsync(lasting));
    }

    private static string Token(IdentityNode node, TimeSpan life) => SignedToken.Of(expires: node.Time.GetUtcNow() + life);
}
