using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Messages;

/// <summary>What becomes of a publication that the backplane does not accept.</summary>
public sealed class PublishOutcomeTests
{
    private const string Room = "news";

    [Theory]
    [InlineData(PublishFault.Refused, 503)]
    [InlineData(PublishFault.UnknownAndLost, 504)]
    public async Task It_is_told_on_every_path_that_publishes(PublishFault fault, int status)
    {
        await using var node = await StartAsync(fault);
        using var answer = await node.PostAsync(Room, "x");
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);

        var bare = await node.SocketAsync(Room);
        await bare.SendAsync("x");
        Assert.Equal(4001, (await bare.ReadAsync()).CloseCode);

        var enveloped = await node.EnvelopeAsync(Room);
        var error = await enveloped.AskAsync("""{"id":1,"publish":{"data":1}}""");
        Assert.Equal(100, error.GetProperty("error").GetProperty("code").GetInt32());
        await enveloped.SendAsync([1, 2, 3]);
        Assert.Equal(100, (await enveloped.ReadJsonAsync()).GetProperty("error").GetProperty("code").GetInt32());
    }

    [Fact]
    [Trait("row", "S1.11")]
    public async Task A_backplane_that_throws_ends_no_neighbour()
    {
        await using var node = await StartAsync(PublishFault.Throws);
        node.ExpectsFaults = true;
        var neighbour = await node.EnvelopeAsync(Room);
        var bare = await node.SocketAsync(Room);
        await bare.SendAsync("x");
        Assert.Equal(4001, (await bare.ReadAsync()).CloseCode);
        using var answer = await node.PostAsync(Room, "x");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        var error = await neighbour.AskAsync("""{"id":1,"publish":{"data":1}}""");
        Assert.Equal(100, error.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Contains("result", (await neighbour.AskAsync("""{"id":2,"pause":true}""")).GetRawText(), StringComparison.Ordinal);
    }

    private static Task<GatewayNode> StartAsync(PublishFault fault) => GatewayNode.StartAsync(services: s => s.AddSingleton<IBackplane>(
        new FaultyBackplane(new LocalBackplane(new LocalBackplaneOptions(), _ => new RoomRule(), TimeProvider.System)) { OnPublish = _ => fault }));
}
