using System.Text;

namespace Broadcast.Gateway.Tests.Views;

/// <summary>
/// A word that guests must not see stands in every publication, in its payload, key, event and tags. Each byte that a guest receives is looked at, on every path; a
/// member gets the word on the same path, so that the look is not for nothing.
/// </summary>
public sealed class TaintTests
{
    private const string Secret = "Tangerine";
    private const string End = "the-end";

    public static TheoryData<string> Paths => new(
        "socket", "envelope", "events", "events of several rooms", "centrifuge", "centrifuge recovering", "centrifuge history", "messages", "messages backwards");

    [Theory, Trait("row", "S1.22")]
    [MemberData(nameof(Paths))]
    public async Task S1_22_What_is_withheld_is_in_no_byte_that_a_guest_receives_live_or_of_the_history(string path)
    {
        await using var node = await StartAsync();

        // More than the window keeps, so that the history is read; and some of it when nobody is in the room.
        await PublishAsync(node, "room", 1, 20);
        var epoch = (await node.Hub.PositionAsync("room")).Epoch;
        await using var guest = await ReadingAsync(node, path, epoch, token: null);
        await using var member = await ReadingAsync(node, path, epoch, SignedToken.Of("ann"));
        var isRequest = path.StartsWith("messages", StringComparison.Ordinal) || path == "centrifuge history";
        if (!isRequest)
        {
            await PublishAsync(node, "room", 21, 40);
            await node.PublishAsync("room", End);
        }

        var (seen, shown) = (await guest.ReadToMarkAsync(), await member.ReadToMarkAsync());

        Assert.DoesNotContain(Secret, seen, StringComparison.Ordinal);
        Assert.All(InBase64, part => Assert.DoesNotContain(part, seen, StringComparison.Ordinal));
        Assert.Contains("masked ***", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", seen, StringComparison.Ordinal);
        Assert.Contains($"masked {Secret}", shown, StringComparison.Ordinal);
        Assert.Contains($"hidden {Secret}", shown, StringComparison.Ordinal);
        Assert.True(IsBinaryAsItIs(path) || InBase64.Any(part => shown.Contains(part, StringComparison.Ordinal)));
    }

    [Theory, Trait("row", "S1.22")]
    [InlineData("Resync")]
    [InlineData("Skip")]
    [InlineData("Latest")]
    [InlineData("Conflate")]
    public async Task S1_22_A_guest_that_falls_behind_sees_nothing_of_what_is_withheld_by_whichever_rule_it_goes_on(string rule)
    {
        await using var node = await StartAsync(new()
        {
            ["Broadcast:Rooms:0:Rule:FallingBehind"] = rule,
            ["Broadcast:Rooms:0:Rule:MaxBehind"] = "4",
        });
        await using var guest = await ReadingAsync(node, "envelope", "", token: null, receiveBuffer: 64 << 10);
        await using var other = await ReadingAsync(node, "envelope", "", token: null);

        // Until the guest that does not read is parked, and then some more: by rules that skip it is sent the less, the slower the machine is.
        var n = 0;
        for (var left = 20; left > 0; left -= node.Hub.Connections.InRoom("room").Any(c => c.IsParked) ? 1 : 0)
        {
            Assert.True(++n < 20_000, "The guest that does not read is not parked.");
            await PublishAsync(node, "room", n, n, padding: 32 << 10);
        }

        await node.PublishAsync("room", End);

        Assert.DoesNotContain(Secret, await guest.ReadToMarkAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, await other.ReadToMarkAsync(), StringComparison.Ordinal);
    }

    [Fact, Trait("row", "S1.22")]
    public async Task S1_22_Claims_are_known_before_anything_is_shown()
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var node = await GatewayNode.StartAsync(settings: Settings(), map: app =>
            app.MapView("*", s => s.Principal.Identity?.Name ?? "nobody", (p, view) =>
            {
                seen.Enqueue(view);
                return p;
            }));
        await node.PublishAsync("room", "early");
        await using var client = await ReadingAsync(node, "events", "", SignedToken.Of("ann"));
        await using var over = await ReadingAsync(node, "centrifuge recovering", (await node.Hub.PositionAsync("room")).Epoch, SignedToken.Of("ann"));

        await node.PublishAsync("room", End);
        await client.ReadToMarkAsync();
        await over.ReadToMarkAsync();

        Assert.Equal(["ann"], seen.Distinct());
    }

    /// <summary>What base64 makes of the word, wherever it begins.</summary>
    private static IEnumerable<string> InBase64 => Enumerable.Range(0, 3).Select(before =>
        Convert.ToBase64String([.. new byte[before], .. Encoding.UTF8.GetBytes(Secret)]).Substring(before == 0 ? 0 : before + 1, 8));

    private static Dictionary<string, string?> Settings(Dictionary<string, string?>? more = null)
    {
        var settings = new Dictionary<string, string?>(IdentityNode.Keys)
        {
            ["Broadcast:Rooms:0:Rule:Window:MaxCount"] = "8",
        };
        foreach (var (name, value) in more ?? [])
        {
            settings[name] = value;
        }

        return settings;
    }

    private static bool IsBinaryAsItIs(string path) => path == "socket";

    private static Task<GatewayNode> StartAsync(Dictionary<string, string?>? settings = null) => GatewayNode.StartAsync(settings: Settings(settings), map: app =>
        app.MapView("*", session => session.User is null ? "guest" : "member", (publication, view) => view == "member" ? publication : AsGuestsSeeIt(publication)));

    private static Publication? AsGuestsSeeIt(Publication publication)
    {
        var text = Encoding.UTF8.GetString(publication.Data.Span);
        return text.StartsWith("hidden", StringComparison.Ordinal)
            ? null
            : new Publication(Encoding.UTF8.GetBytes(text.Replace(Secret, "***", StringComparison.Ordinal)), publication.Kind);
    }

    /// <summary>Those with odd numbers are masked for guests, the others hidden.</summary>
    private static async Task PublishAsync(GatewayNode node, string room, int first, int last, int padding = 0)
    {
        for (var n = first; n <= last; n++)
        {
            var text = $"{(n % 2 == 0 ? "hidden" : "masked")} {Secret} {n} {new string('.', padding)}";
            var result = await node.Hub.PublishAsync(room, new Publication(Encoding.UTF8.GetBytes(text), n % 5 == 0 ? ContentKind.Binary : ContentKind.Text)
            {
                Key = $"{Secret}{n % 3}",
                Event = Secret,
                Info = new ClientInfo($"{Secret}-client", $"{Secret}-user"),
                Tags = new Dictionary<string, string> { [Secret] = Secret },
            });
            Assert.True(result.IsAccepted);
        }
    }

    private static async Task<TaintReader> ReadingAsync(GatewayNode node, string path, string epoch, string? token, int? receiveBuffer = null)
    {
        var query = token is null ? "" : $"&token={token}";
        switch (path)
        {
            case "socket":
                return new TaintReader(await RawClient.OpenAsync(node, $"/rooms/room/socket?since=start{query}", receiveBuffer), End);
            case "envelope":
                return new TaintReader(await RawClient.OpenAsync(node, $"/rooms/room/socket?envelope=1&since=start{query}", receiveBuffer), End);
            case "events":
                return await RequestAsync($"/rooms/room/events?since=start{query}", End);
            case "events of several rooms":
                return await RequestAsync($"/events?room=room&room=other&since=start{query}", End);
            case "messages":
                return await RequestAsync($"/rooms/room/messages?limit=100{query}", "],\"position\":");
            case "messages backwards":
                return await RequestAsync($"/rooms/room/messages?limit=100&reverse=true{query}", "],\"position\":");
            default:
                return await CentrifugeAsync();
        }

        async Task<TaintReader> RequestAsync(string address, string mark)
        {
            var client = await RawClient.ConnectAsync(node.EndPoint, receiveBuffer);
            await client.SendAsync($"GET {address} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return new TaintReader(client, mark);
        }

        async Task<TaintReader> CentrifugeAsync()
        {
            var client = await RawClient.OpenAsync(node, "/connection/websocket", receiveBuffer);
            await client.SendAsync(RawClient.Frame(0x81, $$$"""{"id":1,"connect":{"token":"{{{token}}}"}}"""));
            if (path == "centrifuge history")
            {
                await client.SendAsync(RawClient.Frame(0x81, """{"id":2,"history":{"channel":"room","limit":100}}"""));
                return new TaintReader(client, "\"offset\":20");
            }

            var members = node.Hub.Connections.InRoom("room").Count;
            var from = path == "centrifuge" ? "" : $$""","recover":true,"epoch":"{{epoch}}","offset":0""";
            await client.SendAsync(RawClient.Frame(0x81, $$$"""{"id":2,"subscribe":{"channel":"room"{{{from}}}}}"""));
            await Wait.UntilAsync(() => node.Hub.Connections.InRoom("room").Count > members, "the client is in the room");
            return new TaintReader(client, End);
        }
    }
}
