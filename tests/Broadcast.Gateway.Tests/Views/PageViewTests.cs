using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;

namespace Broadcast.Gateway.Tests.Views;

/// <summary>The view of docs/application.md, as it stands there.</summary>
public sealed class PageViewTests
{
    private static void Map(WebApplication app)
    {
        app.MapView("chat:*", session => session.User is null ? "guest" : "member", (publication, view) =>
            view == "member" ? publication
            : publication.Tags?.ContainsKey("internal") == true ? null
            : new Publication(Encoding.UTF8.GetBytes(Regex.Replace(Encoding.UTF8.GetString(publication.Data.Span), @"\d", "*")), ContentKind.Text));
    }

    [Fact, Trait("row", "S1.21"), Trait("row", "S1.22")]
    public async Task S1_21_A_guest_sees_masked_numbers_also_of_JSON_and_every_message_can_be_read()
    {
        await using var node = await GatewayNode.StartAsync(settings: new(IdentityNode.Keys), map: Map);
        var envelope = await node.EnvelopeAsync("chat:1");
        var member = await node.EnvelopeAsync("chat:1", $"&token={SignedToken.Of("ann")}");
        var centrifuge = await node.CentrifugeAsync();
        await centrifuge.AskAsync("""{"id":1,"connect":{}}""");
        await centrifuge.AskAsync("""{"id":2,"subscribe":{"channel":"chat:1"}}""");

        await node.PostAsync("chat:1", """{"price":42}""", "application/json");
        await node.PostAsync("chat:1", "call 0123");
        await node.PostAsync("chat:1", "secret 1", query: "?tag=internal:yes");
        await node.PostAsync("chat:1", "end");

        string[] masked = ["{\"price\":**}", "call ****", "end"];
        Assert.Equal(masked, await ReadAsync(envelope, said => said));
        Assert.Equal(masked, await ReadAsync(centrifuge, said => said.GetProperty("push").GetProperty("pub")));
        using var page = JsonDocument.Parse(await node.Http.GetStringAsync(node.Address("/rooms/chat:1/messages")));
        Assert.Equal(masked, page.RootElement.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("data").GetString()));
        Assert.Equal(42, (await member.ReadJsonAsync()).GetProperty("data").GetProperty("price").GetInt32());
    }

    [Fact, Trait("row", "S1.24")]
    public async Task S1_24_JSON_that_a_projection_broke_reaches_nobody_on_any_path_and_the_connections_go_on()
    {
        await using var node = await GatewayNode.StartAsync(map: app => app.MapView("*", _ => "guest", (p, _) =>
            p.With(Encoding.UTF8.GetBytes(Regex.Replace(Encoding.UTF8.GetString(p.Data.Span), @"\d", "*")), p.Kind)));
        var envelope = await node.EnvelopeAsync("room");
        var centrifuge = await node.CentrifugeAsync();
        await centrifuge.AskAsync("""{"id":1,"connect":{}}""");
        await centrifuge.AskAsync("""{"id":2,"subscribe":{"channel":"room"}}""");

        await node.PostAsync("room", """{"price":42}""", "application/json");
        await node.PostAsync("room", "end");

        Assert.Equal(["end"], await ReadAsync(envelope, said => said));
        Assert.Equal(["end"], await ReadAsync(centrifuge, said => said.GetProperty("push").GetProperty("pub")));
        using var page = JsonDocument.Parse(await node.Http.GetStringAsync(node.Address("/rooms/room/messages")));
        Assert.Equal(["end"], page.RootElement.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("data").GetString()));
        Assert.Contains("broadcast_projections_total{outcome=\"failed\"} 1", await node.Http.GetStringAsync(node.Address("/metrics")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_the_one_that_the_page_shows()
    {
        var here = (await File.ReadAllLinesAsync(Source())).Select(l => l.Trim()).ToHashSet();
        var page = await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(Source())!, "../../../docs/application.md"));
        var shown = page[page.IndexOf("## Views", StringComparison.Ordinal)..].Split("```")[1].Split('\n').Skip(1).Select(l => l.Trim()).Where(l => l.Length > 0).ToArray();

        Assert.InRange(shown.Length, 3, 10);
        Assert.All(shown, line => Assert.Contains(line, here));
    }

    private static string Source([CallerFilePath] string path = "") => path;

    /// <summary>What a client is shown, up to the end.</summary>
    private static async Task<List<string>> ReadAsync(ClientSocket socket, Func<JsonElement, JsonElement> publication)
    {
        var shown = new List<string>();
        while (shown.LastOrDefault() != "end")
        {
            shown.Add(publication(await socket.ReadJsonAsync()).GetProperty("data").GetString()!);
        }

        return shown;
    }
}
