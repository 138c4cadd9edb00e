using System.Runtime.CompilerServices;
using Broadcast.Gateway.Tests.Handlers;
using Microsoft.AspNetCore.Builder;

namespace Broadcast.Gateway.Tests.Audiences;

/// <summary>The announcements of docs/application.md, as they stand there.</summary>
public sealed class AnnouncementTests
{
    private static void Map(WebApplication app)
    {
        app.MapAudience("premium-or-admin", s => s.User is not null && (s.Attributes.Has("plan", "premium") || s.Attributes.Has("roles", "admin")));

        app.On("announce", async (Announcement said, IConnections connections) =>
        {
            var audience = said.Priority switch
            {
                "high" => Audience.SignedIn,
                "medium" => Audience.Named("premium-or-admin"),
                "low" => Audience.Role("admin"),
                _ => Audience.Nobody,
            };
            var sent = await connections.SendAsync(audience, new Fragment("#announcements", $"<p>{said.Text}</p>", Swap.AfterBegin));
            return $"Sent to {sent.Sum(a => a.Value?.Connections)} connections of {sent.Sum(a => a.Value?.Users)} users.";
        });
    }

    [Fact, Trait("row", "S2.24"), Trait("row", "S2.25"), Trait("row", "S2.26"), Trait("row", "S2.35")]
    public async Task Priorities_reach_those_they_are_for_and_the_reply_counts_connections_and_users()
    {
        await using var node = await AudienceClient.StartAsync(Map);
        var asks = await HandlerClient.ConnectAsync(node);
        var admin = await ConnectAsync(node, "admin", s => s.With("roles", new[] { "admin" }));
        var premium = new[] { await ConnectAsync(node, "ann", s => s.With("plan", "premium")), await ConnectAsync(node, "ann", s => s.With("plan", "premium")) };
        var basic = await ConnectAsync(node, "bob", s => s.With("plan", "basic"));
        var guest = await ConnectAsync(node, null, s => s.With("plan", "premium").With("roles", "admin"));

        Assert.Equal("\"Sent to 4 connections of 3 users.\"", await AnnounceAsync("high"));
        Assert.Equal("\"Sent to 3 connections of 2 users.\"", await AnnounceAsync("medium"));
        Assert.Equal("\"Sent to 1 connections of 1 users.\"", await AnnounceAsync("low"));
        Assert.Equal("\"Sent to 0 connections of 0 users.\"", await AnnounceAsync("other"));
        await node.PublishAsync("room", "end");

        Assert.Equal(["high", "medium", "low", "end"], await HeardAsync(admin));
        Assert.All(await Task.WhenAll(premium.Select(HeardAsync)), heard => Assert.Equal(["high", "medium", "end"], heard));
        Assert.Equal(["high", "end"], await HeardAsync(basic));
        Assert.Equal(["end"], await HeardAsync(guest));

        async Task<string?> AnnounceAsync(string priority) =>
            (await asks.AskAsync("announce", $$"""{"priority":"{{priority}}","text":"{{priority}}"}""")).Data;
    }

    [Fact]
    public async Task They_are_the_ones_that_the_page_shows()
    {
        var here = (await File.ReadAllLinesAsync(Source())).Select(l => l.Trim()).ToHashSet();
        var page = await File.ReadAllTextAsync(Path.Combine(Path.GetDirectoryName(Source())!, "../../../docs/application.md"));
        var shown = page[page.IndexOf("## Audiences", StringComparison.Ordinal)..].Split("```")[1].Split('\n').Skip(1).Select(l => l.Trim()).ToArray();

        Assert.InRange(shown.Length, 10, 30);
        Assert.All(shown, line => Assert.Contains(line, here));
    }

    private static string Source([CallerFilePath] string path = "") => path;

    private static async Task<ClientSocket> ConnectAsync(GatewayNode node, string? user, Func<Session, Session> update)
    {
        var socket = await node.EnvelopeAsync("room", user is null ? "" : $"&token={SignedToken.Of(user)}");
        Assert.Null(node.Hub.Connections.Find(socket.Id)!.UpdateSession(update));
        return socket;
    }

    /// <summary>What a client is told, up to the end.</summary>
    private static async Task<List<string>> HeardAsync(ClientSocket socket)
    {
        var heard = new List<string>();
        while (heard.LastOrDefault() != "end")
        {
            var said = await socket.ReadJsonAsync();
            heard.Add(said.TryGetProperty("message", out var message)
                ? message.GetProperty("data").GetProperty("html").GetString()!.Replace("<p>", "", StringComparison.Ordinal).Replace("</p>", "", StringComparison.Ordinal)
                : said.GetProperty("data").GetString()!);
        }

        return heard;
    }

    private sealed record Announcement(string Priority, string Text);
}
