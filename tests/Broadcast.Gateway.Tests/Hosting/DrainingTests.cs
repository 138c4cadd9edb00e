using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway.Tests.Hosting;

/// <summary>A node that stops, as clients and the platform see it. A place that is kept but not used keeps it from coming to an end.</summary>
public sealed class DrainingTests
{
    private const string Room = "news";

    /// <summary>Clients stay until they leave.</summary>
    private static Dictionary<string, string?> LongNotice => new() { ["Broadcast:Drain:Deadline"] = "02:00:00", ["Broadcast:Drain:Notice"] = "01:00:00" };

    private static Dictionary<string, string?> LongDeadline => new() { ["Broadcast:Drain:Deadline"] = "02:00:00" };

    [Fact]
    [Trait("row", "S5.16")]
    public async Task While_it_drains_it_is_not_ready_and_takes_in_nobody_but_answers_what_it_is_asked()
    {
        await using var node = await GatewayNode.StartAsync(settings: LongNotice);
        var socket = await node.SocketAsync(Room);
        var stopping = await BeginToStopAsync(node);

        await AssertAnswerAsync(node, "/health/ready", HttpStatusCode.ServiceUnavailable, "stopping");
        await AssertAnswerAsync(node, "/health/live", HttpStatusCode.OK, "live");
        foreach (var path in (string[])[$"/rooms/{Room}/events", $"/events?room={Room}"])
        {
            using var refused = await node.SendAsync(HttpMethod.Get, path);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
        }

        using var accepted = await node.PostAsync(Room, "still heard");
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        Assert.True(accepted.Headers.ConnectionClose);
        Assert.Equal("still heard", await socket.ReadTextAsync());
        using var history = await node.SendAsync(HttpMethod.Get, $"/rooms/{Room}/messages");
        Assert.Equal(HttpStatusCode.OK, history.StatusCode);
        Assert.True(history.Headers.ConnectionClose);
        Assert.False(stopping.IsCompleted);

        await socket.CloseAsync(1000);
        await stopping.WaitAsync(Wait.Patience);
        Assert.Equal(0, (await node.Hub.Drained).Moved);
    }

    [Theory]
    [Trait("row", "S5.16")]
    [InlineData("/rooms/news/socket")]
    [InlineData("/connection/websocket")]
    public async Task A_socket_asked_for_on_a_connection_that_was_kept_is_refused_and_that_connection_ends(string path)
    {
        await using var node = await GatewayNode.StartAsync(settings: LongNotice);
        await using var kept = await RawClient.ConnectAsync(node.EndPoint);
        await kept.SendAsync("HEAD /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await kept.ReadHeadAsync(), StringComparison.Ordinal);
        var socket = await node.SocketAsync(Room);
        var stopping = await BeginToStopAsync(node);

        await kept.SendAsync(RawClient.Upgrade(path));

        var head = await kept.ReadHeadAsync();
        Assert.StartsWith("HTTP/1.1 503 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: 1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("The node stops; another one serves you.", Encoding.UTF8.GetString(await kept.ReadToEndAsync()), StringComparison.Ordinal);
        await socket.CloseAsync(1000);
        await stopping.WaitAsync(Wait.Patience);
    }

    [Theory]
    [Trait("row", "S5.16")]
    [InlineData(Way.Direct)]
    [InlineData(Way.Pipe)]
    [InlineData(Way.Tls)]
    [InlineData(Way.Http2)]
    [InlineData(Way.InMemory)]
    public async Task An_event_stream_ends_with_a_time_to_come_back_that_is_each_clients_own(Way way)
    {
        await using var node = await GatewayNode.StartAsync(way, new() { ["Broadcast:Retry"] = "00:01:00" });
        var streams = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => node.EventsAsync($"/rooms/{Room}/events")));
        var openings = await Task.WhenAll(streams.Select(s => s.ReadAsync()));
        Assert.All(openings, o => Assert.Equal("60000", o!.Retry));

        await node.StopAsync();

        var lasts = await Task.WhenAll(streams.Select(s => s.ReadAsync()));
        Assert.All(lasts, l => Assert.Equal(new ClientEvent(null, null, null, l!.Retry, null), l));
        Assert.All(lasts, l => Assert.InRange(Milliseconds(l!.Retry), 0, 60_000));
        Assert.InRange(lasts.DistinctBy(l => l!.Retry).Count(), 8, 10);
        Assert.All(await Task.WhenAll(streams.Select(s => s.ReadAsync())), Assert.Null);
    }

    [Fact]
    [Trait("row", "S5.16")]
    public async Task The_connection_of_an_event_stream_ends_with_it_so_that_the_next_request_goes_elsewhere()
    {
        await using var node = await GatewayNode.StartAsync(settings: LongDeadline);
        await using var client = await RawClient.ConnectAsync(node.EndPoint);
        await client.SendAsync($"GET /rooms/{Room}/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await client.ReadHeadAsync();
        Assert.True(node.Hub.TryReserve());
        var stopping = await BeginToStopAsync(node);

        var all = Encoding.UTF8.GetString(await client.ReadToEndAsync());

        Assert.Matches(@"\nretry: \d+\n\n\r\n0\r\n\r\n$", all);
        Assert.False(stopping.IsCompleted);
        node.Hub.GiveBack();
        await stopping.WaitAsync(Wait.Patience);
    }

    [Theory]
    [Trait("row", "S5.16")]
    [InlineData(Way.Direct)]
    [InlineData(Way.InMemory)]
    public async Task An_EventSource_that_comes_while_it_drains_is_asked_to_come_again(Way way)
    {
        await using var node = await GatewayNode.StartAsync(way, LongDeadline);
        Assert.True(node.Hub.TryReserve());
        var stopping = await BeginToStopAsync(node);

        using var answer = await node.SendAsync(HttpMethod.Get, $"/rooms/{Room}/events", ("Accept", "text/event-stream"), ("Last-Event-ID", "1.e"));

        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Matches(@"^retry: \d+\n\n$", text);
        Assert.InRange(Milliseconds(text.Split(' ')[1]), 0, 5_000);
        node.Hub.GiveBack();
        await stopping.WaitAsync(Wait.Patience);
    }

    [Fact]
    [Trait("row", "S5.16")]
    public async Task A_publication_on_its_way_is_answered_although_the_node_stops()
    {
        var backplane = Held(out var services);
        await using var node = await GatewayNode.StartAsync(services: services);
        var posting = node.PostAsync(Room, "x");
        await Wait.UntilAsync(() => backplane.Publishes == 1, "the publication has come");
        var stopping = await BeginToStopAsync(node);
        await node.Hub.Drained;

        backplane.Release();

        using var answer = await posting;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await stopping.WaitAsync(Wait.Patience);
    }

    [Theory]
    [Trait("row", "S5.16")]
    [InlineData(true, HttpStatusCode.GatewayTimeout)]
    [InlineData(false, HttpStatusCode.ServiceUnavailable)]
    public async Task What_the_backplane_does_not_answer_is_given_up_at_the_deadline(bool publishes, HttpStatusCode status)
    {
        var backplane = Held(out var services);
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:Drain:Deadline"] = "00:00:00.5" }, services: services);
        var asking = publishes ? node.PostAsync(Room, "x") : node.SendAsync(HttpMethod.Get, $"/rooms/{Room}/messages");
        await Wait.UntilAsync(() => backplane.Publishes + backplane.Reads == 1, "the request has come");
        var stopping = await BeginToStopAsync(node);

        using var answer = await asking;

        Assert.Equal(status, answer.StatusCode);
        await stopping.WaitAsync(Wait.Patience);
        backplane.Release();
    }

    [Fact]
    [Trait("row", "S5.16")]
    public async Task Clients_on_every_path_are_told_to_come_back_and_what_became_of_them_is_known()
    {
        await using var node = await GatewayNode.StartAsync(settings: new(LongDeadline) { ["Broadcast:Drain:Patience"] = "01:00:00" });
        var (bare, enveloped, centrifuge) = (await node.SocketAsync(Room), await node.EnvelopeAsync(Room), await node.CentrifugeAsync());
        await centrifuge.AskAsync("""{"id":1,"connect":{}}""");
        var events = await node.EventsAsync($"/rooms/{Room}/events");
        await events.ReadAsync();
        var stopping = await BeginToStopAsync(node);

        foreach (var client in (ClientSocket[])[bare, enveloped, centrifuge])
        {
            var close = await client.ReadAsync();
            Assert.Equal((3001, "shutdown"), (close.CloseCode, close.CloseReason));
            await client.CloseAsync(3001);
        }

        Assert.NotNull((await events.ReadAsync())!.Retry);
        await stopping.WaitAsync(Wait.Patience);
        var result = await node.Hub.Drained;
        Assert.Equal((4, 0, 0), (result.Moved, result.Reset, result.Cut));
    }

    [Fact]
    public async Task The_host_gives_it_longer_than_the_drain_may_take()
    {
        await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:Drain:Deadline"] = "00:03:00" });

        Assert.Equal(TimeSpan.FromSeconds(190), node.App.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    [Fact]
    public async Task An_application_that_gives_it_less_is_refused_with_a_sentence()
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using var node = await GatewayNode.StartAsync(services: s => s.PostConfigure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(5)));
        });

        Assert.Equal(
            "Broadcast:Drain:Deadline is 00:00:20; it must be shorter than the host's ShutdownTimeout, which is 00:00:05.", Assert.Single(refused.Failures));
    }

    private static FaultyBackplane Held(out Action<IServiceCollection> services)
    {
        var backplane = new FaultyBackplane(new LocalBackplane(new LocalBackplaneOptions(), _ => new RoomRule(), TimeProvider.System));
        backplane.Hold();
        services = s => s.AddSingleton<IBackplane>(backplane);
        return backplane;
    }

    private static async Task<Task> BeginToStopAsync(GatewayNode node)
    {
        var stopping = node.App.StopAsync();
        await Wait.UntilAsync(() => node.Hub.IsStopping, "the node stops");
        return stopping;
    }

    private static async Task AssertAnswerAsync(GatewayNode node, string path, HttpStatusCode status, string text)
    {
        using var answer = await node.SendAsync(HttpMethod.Get, path);
        Assert.Equal((status, text), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    private static int Milliseconds(string? retry) => int.Parse(retry!, CultureInfo.InvariantCulture);
}
