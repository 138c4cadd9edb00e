using System.Diagnostics.Metrics;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests;

public sealed class PublishRatesTests
{
    private static readonly (string, string) s_ann = IdentityNode.Bearer(SignedToken.Of("ann"));
    private static readonly (string, string) s_bob = IdentityNode.Bearer(SignedToken.Of("bob"));

    [Fact, Trait("row", "S2.37")]
    public async Task POST_beyond_the_rate_gets_429_with_the_time_to_wait_and_is_not_published()
    {
        await using var node = await StartAsync();
        using var refusals = new RateRefusals(node.Hub);

        Assert.Equal("200 200 429", await PostAsync(node, "r", 3, s_ann));
        using var refused = await node.PostAsync("r", s_ann);
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter!.Delta);
        Assert.Equal(
            """{"error":{"code":111,"message":"Publishing to this room is limited to 1 a second."}}""", await refused.Content.ReadAsStringAsync());
        Assert.Equal(2, refusals.Count);

        node.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("200 429", await PostAsync(node, "r", 2, s_ann));
        using var history = await node.GetAsync("/rooms/r/messages", s_ann);
        var messages = JsonSerializer.Deserialize<JsonElement>(await history.Content.ReadAsStringAsync()).GetProperty("messages");
        Assert.Equal(3, messages.GetArrayLength());
    }

    [Fact]
    public async Task Callers_and_rooms_do_not_use_up_each_others_rate()
    {
        await using var node = await StartAsync();

        Assert.Equal("200 200 429", await PostAsync(node, "r", 3, s_ann));
        Assert.Equal("200 200 429", await PostAsync(node, "r", 3, s_bob));
        Assert.Equal("200 200 429", await PostAsync(node, "s", 3, s_ann));
        Assert.Equal("200 200 429", await PostAsync(node, "r", 3));
        Assert.Equal("200 200 200 200", await PostAsync(node, "free", 4, s_ann));
    }

    [Fact]
    public async Task Back_ends_with_an_API_key_have_no_rate()
    {
        await using var node = await StartAsync();

        Assert.Equal("200 200 200 200 200", await PostAsync(node, "r", 5, ("X-API-Key", IdentityNode.ApiKey)));
    }

    [Fact]
    public async Task A_socket_in_envelopes_gets_error_111_beyond_its_rate_and_goes_on()
    {
        await using var node = await StartAsync();
        using var refusals = new RateRefusals(node.Hub);
        var socket = await node.SocketAsync("/rooms/r/socket?envelope=1", s_ann);

        Assert.Equal("0 0 111", await PublishAsync(socket, 3));
        Assert.Equal(1, refusals.Count);
        node.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("0 111", await PublishAsync(socket, 2));
    }

    [Fact]
    public async Task A_bare_socket_ends_with_3013_beyond_its_rate()
    {
        await using var node = await StartAsync();
        var socket = await node.SocketAsync("/rooms/r/socket", s_ann);
        for (var i = 0; i < 3; i++)
        {
            await IdentityNode.SendAsync(socket, "hello");
        }

        var said = "";
        while (!said.StartsWith("close", StringComparison.Ordinal))
        {
            said = await IdentityNode.ReadAsync(socket);
        }

        Assert.Equal("close 3013 too many requests", said);
    }

    [Fact]
    public async Task Each_socket_has_a_rate_of_its_own()
    {
        await using var node = await StartAsync();

        Assert.Equal("0 0 111", await PublishAsync(await node.SocketAsync("/rooms/r/socket?envelope=1", s_ann), 3));
        Assert.Equal("0 0 111", await PublishAsync(await node.SocketAsync("/rooms/r/socket?envelope=1", s_ann), 3));
    }

    [Fact]
    public async Task Callers_that_find_no_place_share_one_rate_until_others_are_idle()
    {
        await using var node = await StartAsync();
        var rates = node.App.Services.GetRequiredService<PublishRates>();
        for (var i = 0; i < RateGates.MaxGates; i++)
        {
            Assert.True(Passes($"user {i}"));
        }

        Assert.True(Passes("one more"));
        Assert.True(Passes("another"));
        Assert.False(Passes("a third"));
        Assert.True(Passes("user 0"));

        node.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(Passes("a third"));
        Assert.True(Passes("a third"));
        Assert.False(Passes("a third"));
        Assert.True(Passes("one more"));

        bool Passes(string user) => rates.Refuse(new DefaultHttpContext(), "r", new Caller { User = user, IsSignedIn = true }) is null;
    }

    [Theory]
    [InlineData("2001:db8::1", "2001:db8::ffff", false)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", true)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", false)]
    public async Task Callers_without_a_name_are_told_apart_by_their_network(string one, string other, bool apart)
    {
        await using var node = await StartAsync();
        var rates = node.App.Services.GetRequiredService<PublishRates>();

        Assert.True(Passes(one) && Passes(one));
        Assert.Equal(apart, Passes(other));

        bool Passes(string address) =>
            rates.Refuse(new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } }, "r", new Caller()) is null;
    }

    private static Task<IdentityNode> StartAsync() => IdentityNode.StartAsync(new(IdentityNode.OpenToSignedIn("Anyone"))
    {
        ["Broadcast:Rooms:0:Name"] = "free",
        ["Broadcast:Rooms:1:Name"] = "*",
        ["Broadcast:Rooms:1:Subscribe"] = "Anyone",
        ["Broadcast:Rooms:1:Publish"] = "Anyone",
        ["Broadcast:Rooms:1:PublishRate:PerSecond"] = "1",
        ["Broadcast:Rooms:1:PublishRate:Burst"] = "2",
    });

    private static async Task<string> PostAsync(IdentityNode node, string room, int times, params (string, string)[] headers)
    {
        var statuses = new int[times];
        for (var i = 0; i < times; i++)
        {
            using var response = await node.PostAsync(room, headers);
            statuses[i] = (int)response.StatusCode;
        }

        return string.Join(' ', statuses);
    }

    /// <returns>For each, 0 or the error's code.</returns>
    private static async Task<string> PublishAsync(System.Net.WebSockets.WebSocket socket, int times)
    {
        var codes = new int[times];
        for (var i = 0; i < times; i++)
        {
            var answer = await IdentityNode.AskAsync(socket, """{"id":1,"publish":{"data":1}}""");
            codes[i] = answer.TryGetProperty("error", out var error) ? error.GetProperty("code").GetInt32() : 0;
        }

        return string.Join(' ', codes);
    }

    /// <summary>Counts what one node refuses because of a rate.</summary>
    private sealed class RateRefusals : IDisposable
    {
        private readonly MeterListener _listener = new();
        private int _count;

        public RateRefusals(Hub hub)
        {
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            {
                foreach (var tag in tags)
                {
                    if (tag is { Key: "reason", Value: "rate" })
                    {
                        Interlocked.Add(ref _count, (int)value);
                    }
                }
            });
            _listener.EnableMeasurementEvents(hub.Metrics.Refusals);
            _listener.Start();
        }

        public int Count => Volatile.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }
}
