using System.Net;

namespace Broadcast.Gateway.Tests.Access;

/// <summary>Who may do what.</summary>
public sealed class AccessTests
{
    private static readonly Dictionary<string, string?> s_loopback = new()
    {
        ["Broadcast:Rooms:0:Subscribe"] = "Loopback",
        ["Broadcast:Rooms:0:Publish"] = "Loopback",
        ["Broadcast:Rooms:0:Presence"] = "Loopback",
        ["Broadcast:Operators"] = "Loopback",
    };

    [Theory]
    [InlineData("/rooms/news/messages")]
    [InlineData("/rooms/news/presence")]
    [InlineData("/sources")]
    public async Task Loopback_is_this_machine_by_a_loopback_name_and_without_a_proxy(string path)
    {
        await using var node = await GatewayNode.StartAsync(settings: s_loopback);
        (string Name, string Value)[] good = [("Host", "localhost"), ("Host", "LOCALHOST:81"), ("Host", "a.localhost"), ("Host", "127.0.0.1"), ("Host", "127.9.9.9:80"), ("Host", "[::1]:80")];
        foreach (var header in good)
        {
            using var answer = await node.SendAsync(HttpMethod.Get, path, header);
            Assert.Equal((header, HttpStatusCode.OK), (header, answer.StatusCode));
        }

        (string Name, string Value)[] bad =
        [
            ("Host", "evil.example"), ("Host", "localhost.evil.example"), ("Host", "10.0.0.1"), ("Host", "[::2]"),
            ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", ""), ("Forwarded", "for=127.0.0.1"), ("X-Real-IP", "127.0.0.1"),
        ];
        foreach (var header in bad)
        {
            using var answer = await node.SendAsync(HttpMethod.Get, path, header);
            Assert.Equal((header, HttpStatusCode.Forbidden), (header, answer.StatusCode));
        }
    }

    [Fact]
    public async Task The_first_rule_that_matches_counts_and_a_room_that_none_matches_is_closed()
    {
        await using var node = await GatewayNode.StartAsync(settings: new()
        {
            ["Broadcast:Rooms:0:Name"] = "chat:secret",
            ["Broadcast:Rooms:0:Subscribe"] = "Nobody",
            ["Broadcast:Rooms:0:Publish"] = "Nobody",
            ["Broadcast:Rooms:1:Name"] = "chat:*",
            ["Broadcast:Rooms:1:Subscribe"] = "Anyone",
            ["Broadcast:Rooms:1:Publish"] = "Anyone",
            ["Broadcast:Rooms:2:Name"] = "chat:late",
            ["Broadcast:Rooms:2:Subscribe"] = "Nobody",
            ["Broadcast:Rooms:3:Name"] = "read",
            ["Broadcast:Rooms:3:Subscribe"] = "Anyone",
            ["Broadcast:Rooms:4:Name"] = "write",
            ["Broadcast:Rooms:4:Publish"] = "Anyone",
        });
        (string Room, int Read, int Write)[] expected =
        [
            ("chat:secret", 403, 403), ("chat:secrets", 200, 200), ("chat:late", 200, 200), ("chat:", 200, 200), ("chat", 403, 403),
            ("Chat:x", 403, 403), ("read", 200, 403), ("write", 403, 200), ("reads", 403, 403), ("other", 403, 403),
        ];
        foreach (var (room, read, write) in expected)
        {
            // Twice, since what was found is remembered.
            for (var i = 0; i < 2; i++)
            {
                using var reading = await node.SendAsync(HttpMethod.Get, $"/rooms/{room}/messages");
                using var writing = await node.PostAsync(room, "x");
                Assert.Equal((room, read, write), (room, (int)reading.StatusCode, (int)writing.StatusCode));
            }
        }
    }

    [Fact]
    public async Task Without_rules_nothing_is_open_and_the_operator_is_told_how_to_open_it()
    {
        await using var node = await GatewayNode.StartAsync(settings: new()
        {
            ["Broadcast:Rooms:0:Name"] = null,
            ["Broadcast:Rooms:0:Subscribe"] = null,
            ["Broadcast:Rooms:0:Publish"] = null,
            ["Broadcast:Rooms:0:Presence"] = null,
            ["Broadcast:Operators"] = null,
        });
        Assert.Contains(node.Log.Lines, l => l.Event.Id == 101 && l.Text.Contains("--settings FILE", StringComparison.Ordinal));
        foreach (var path in (string[])["/rooms/news/messages", "/rooms/news/events", "/rooms/news/presence", "/sources"])
        {
            using var answer = await node.SendAsync(HttpMethod.Get, path);
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, answer.StatusCode));
        }

        using var health = await node.SendAsync(HttpMethod.Get, "/health/ready");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }
}
