using Microsoft.Extensions.Options;

namespace Broadcast.Gateway.Tests.Settings;

/// <summary>A wrong setting keeps the node from starting, and is told in one sentence that names it and says what it may be.</summary>
public sealed class SettingsTests
{
    public static TheoryData<string, string?, string> Wrong => new()
    {
        { "Broadcast:MaxMessageBytes", "0", "Broadcast:MaxMessageBytes is 0; it may be 1 to 67108864." },
        { "Broadcast:MaxMessageBytes", "many", "Broadcast:MaxMessageBytes is 'many'; it may be 1 to 67108864." },
        { "Broadcast:MaxMessageBytes", "", "Broadcast:MaxMessageBytes is empty; it may be 1 to 67108864." },
        { "Broadcast:MaxMessageBytes", "99999999999", "Broadcast:MaxMessageBytes is '99999999999'; it may be 1 to 67108864." },
        { "Broadcast:Hub:MaxWindowBytes", "1", "Broadcast:Hub:MaxWindowBytes is 1; it may be at least 1048576." },
        { "Broadcast:Hub:Connections:Heartbeat", "25", "Broadcast:Hub:Connections:Heartbeat is '25'; it may be a time such as 00:00:25." },
        { "Broadcast:Hub:Connections:Heartbeat", "soon", "Broadcast:Hub:Connections:Heartbeat is 'soon'; it may be a time such as 00:00:25." },
        { "Broadcast:Retry", "-00:00:01", "Broadcast:Retry is -00:00:01; it must be longer than zero and at most 365 days, as in 00:00:25." },
        { "Broadcast:Drain:Rate", "0", "Broadcast:Drain:Rate is 0; it may be 1 to 100000." },
        { "Broadcast:Handlers:Timeout", "2.00:00:00", "Broadcast:Handlers:Timeout is 2.00:00:00; it may be 00:00:00.0010000 to 1.00:00:00." },
        { "Broadcast:Handlers:MaxRunning", "0", "Broadcast:Handlers:MaxRunning is 0; it may be 1 to 1000000." },
        { "Broadcast:Drain:Deadline", "2.00:00:00", "Broadcast:Drain:Deadline is 2.00:00:00; it may be 00:00:00.0010000 to 1.00:00:00." },
        { "Broadcast:Drain:Notice", "00:00:20", "Broadcast:Drain: Notice (00:00:20) must be shorter than Deadline (00:00:20)." },
        { "Broadcast:Feeds:StopTimeout", "01:00:00", "Broadcast:Feeds:StopTimeout is 01:00:00; it may be 00:00:00.0010000 to 00:10:00." },
        { "Broadcast:Feeds:LastRestart", "00:00:00.1", "Broadcast:Feeds: LastRestart (00:00:00.1000000) must not be shorter than FirstRestart (00:00:01)." },
        { "Broadcast:Pace:MaxPerSecond", "0", "Broadcast:Pace:MaxPerSecond is 0; it may be 1 to 1000." },
        { "Broadcast:Pace:Rule", "Forget", "Broadcast:Pace:Rule is 'Forget'; it may be Refuse, Coalesce, DropOldest." },
        { "Broadcast:Pushes:StopTimeout", "01:00:00", "Broadcast:Pushes:StopTimeout is 01:00:00; it may be 00:00:00.0010000 to 00:10:00." },
        { "Broadcast:Rooms:0:Subscribe", "Sometimes", "Broadcast:Rooms:0:Subscribe is 'Sometimes'; it may be Nobody, Loopback, ApiKey, Token, SignedIn, Anyone." },
        { "Broadcast:Rooms:0:Subscribe", "7", "Broadcast:Rooms:0:Subscribe is '7'; it may be Nobody, Loopback, ApiKey, Token, SignedIn, Anyone." },
        { "Broadcast:Rooms:0:Rule:JoinLeave", "yes", "Broadcast:Rooms:0:Rule:JoinLeave is 'yes'; it may be true or false." },
        { "Broadcast:Rooms:0:Rule:FallingBehind", "Panic", "Broadcast:Rooms:0:Rule:FallingBehind is 'Panic'; it may be Resync, Skip, Latest, Conflate, Disconnect." },
        { "Broadcast:Rooms:0:Name", "a b", "Broadcast:Rooms:0:Name is 'a b'; it may be a room's name or a prefix that ends in *." },
        { "Broadcast:Rooms:0:Name", "a*b", "Broadcast:Rooms:0:Name is 'a*b'; it may be a room's name or a prefix that ends in *." },
        { "Broadcast:Rooms:0:Name", null, "Broadcast:Rooms:0:Name is ''; it may be a room's name or a prefix that ends in *." },
        { "Broadcast:Rooms:news:Name", "news", "Broadcast:Rooms:news cannot be; entries of a list are numbered from 0." },
        { "Broadcast:Rooms:0:Rule:History:MaxCount", "10", "Broadcast:Rooms:0:Rule:History is shorter than Broadcast:Rooms:0:Rule:Window; MaxCount, MaxBytes and MaxAge must be at least those of the window." },
        { "Broadcast:Rooms:0:Rule:Window:MaxAge", "2.00:00:00", "Broadcast:Rooms:0:Rule:History is shorter than" },
        { "Broadcast:Nonsense", "1", "Broadcast:Nonsense is not a setting; here may be Node, Rooms," },
        { "Broadcast:Hub:Nonsense:Deep", "1", "Broadcast:Hub:Nonsense is not a setting; here may be EventLoops," },
        { "Broadcast:Hub", "5", "Broadcast:Hub is '5'; it is a group of settings: EventLoops," },
        { "Broadcast:Sources", "machine=machine", "Broadcast:Sources is 'machine=machine'; it is a list." },
        { "Broadcast:Sources:0", "machine", "Broadcast:Sources has 'machine':" },
        { "Broadcast:Sources:0", "room=telepathy", "Broadcast:Sources has 'room=telepathy':" },
        { "Broadcast:Sources:0", "room=machine:never", "Broadcast:Sources has 'room=machine:never':" },
        { "Broadcast:AllowedOrigins:0", "page.example", "Broadcast:AllowedOrigins has 'page.example'; it may have origins such as https://example.org, or *." },
        { "Broadcast:Redis:Servers:0", "redis", "Broadcast:Redis:Servers has 'redis'; it may have addresses such as localhost:6379." },
        { "Broadcast:Redis:Servers:0", "[::1]:6379", "Broadcast:Redis:Servers has '[::1]:6379'; it may have addresses such as localhost:6379." },
        { "Broadcast:Redis:Servers:0", "redis:0", "Broadcast:Redis:Servers has 'redis:0'; it may have" },
        { "Broadcast:Redis:Prefix", "a b", "Broadcast:Redis:Prefix is 'a b'; it may be 1 to 64 characters of ASCII without spaces." },
        { "Broadcast:Redis:Timeout", "01:00:00", "Broadcast:Redis:Timeout is 01:00:00; it may be 00:00:00.1000000 to 00:05:00." },
        { "Broadcast:AllowedOrigins:0", "https://page.example/path", "Broadcast:AllowedOrigins has 'https://page.example/path'; it may have" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_setting_is_named(string key, string? value, string sentence)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using var node = await GatewayNode.StartAsync(settings: new() { [key] = value });
        });
        var told = Assert.Single(refused.Failures);
        Assert.True(told.StartsWith(sentence, StringComparison.Ordinal), told);
        Assert.DoesNotContain('\n', told);
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using var node = await GatewayNode.StartAsync(settings: new() { ["Broadcast:MaxFragments"] = "x", ["Broadcast:Operators"] = "me", ["Broadcast:Extra"] = "1" });
        });
        Assert.Equal(3, refused.Failures.Count());
    }

    [Fact]
    public async Task Good_settings_of_every_form_are_taken()
    {
        await using var node = await GatewayNode.StartAsync(settings: new()
        {
            ["Broadcast:operators"] = null,
            ["Broadcast:Operators"] = "anyone",
            ["broadcast:maxmessagebytes"] = "100",
            ["Broadcast:Hub:Connections:StallTimeout"] = "1.00:00:00",
            ["Broadcast:Rooms:0:Rule:FallingBehind"] = "latest",
            ["Broadcast:Rooms:0:History"] = "Nobody",
            ["Broadcast:AllowedOrigins:0"] = "https://page.example:8443",
            ["Broadcast:AllowedOrigins:1"] = "*",
            ["Broadcast:Sources"] = "",
        });
        var options = node.App.Services.GetService(typeof(IOptions<BroadcastOptions>)) as IOptions<BroadcastOptions>;
        Assert.Equal((100, Who.Nobody, 2), (options!.Value.MaxMessageBytes, options.Value.Rooms[0].History, options.Value.AllowedOrigins.Count));
        Assert.Equal(FallingBehind.Latest, node.Hub.RuleOf("any").FallingBehind);
        Assert.Empty(options.Value.Sources);
    }
}
