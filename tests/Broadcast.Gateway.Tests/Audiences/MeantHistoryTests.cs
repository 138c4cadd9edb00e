using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace Broadcast.Gateway.Tests.Audiences;

/// <summary>Histories are read without what is meant for others.</summary>
public sealed class MeantHistoryTests
{
    [Fact]
    public async Task Over_http_a_caller_sees_what_its_user_is_meant_by_and_a_back_end_all()
    {
        await using var node = await StartAsync();
        await PublishAsync(node);

        Assert.Equal("1 2 3", await ReadAsync(node, user: null));
        Assert.Equal("1 user 2 signed named 3", await ReadAsync(node, "ann"));
        Assert.Equal("1 2 signed 3", await ReadAsync(node, "bob"));
        Assert.Equal("3 named signed 2 user 1", await ReadAsync(node, "ann", "&reverse=1"));
        Assert.Equal("1 user connection 2 role signed near named 3", await ReadAsync(node, user: null, apiKey: true));
    }

    [Fact]
    public async Task A_page_is_full_if_there_is_more_however_much_is_meant_for_others()
    {
        await using var node = await StartAsync();
        for (var i = 0; i < 40; i++)
        {
            await AudienceClient.PublishAsync(node, ($"{i}", i % 10 == 9 ? null : Audience.User("ann")));
        }

        Assert.Equal("9", await ReadAsync(node, "bob", "&limit=1"));
        Assert.Equal("9 19 29", await ReadAsync(node, "bob", "&limit=3"));
        Assert.Equal("39 29", await ReadAsync(node, "bob", "&limit=2&reverse=1"));
        Assert.Equal("9 19 29 39", await ReadAsync(node, "bob", "&limit=5"));
        Assert.Equal("0 1 2", await ReadAsync(node, "ann", "&limit=3"));
    }

    [Fact]
    public async Task Over_the_Centrifuge_protocol_a_connection_sees_what_it_is_meant_by()
    {
        await using var node = await StartAsync();
        var socket = await node.CentrifugeAsync();
        var connected = await socket.AskAsync($$$"""{"id":1,"connect":{"token":"{{{SignedToken.Of("bob")}}}"}}""");
        var connection = node.Hub.Connections.Find(connected.GetProperty("connect").GetProperty("client").GetString()!)!;
        connection.UpdateSession(s => s.With("roles", "admin") with { Location = new(0, 0) });
        await PublishAsync(node);
        await AudienceClient.PublishAsync(node, ("own", Audience.Connection(connection.Id)));

        Assert.Equal("1 2 role signed near 3 own", await HistoryAsync());
        connection.UpdateSession(s => s.Without("roles") with { Location = null });
        Assert.Equal("1 2 signed 3 own", await HistoryAsync());

        async Task<string> HistoryAsync()
        {
            var answer = await socket.AskAsync("""{"id":2,"history":{"channel":"news","limit":100}}""");
            return string.Join(' ', answer.GetProperty("history").GetProperty("publications").EnumerateArray().Select(p => p.GetProperty("data").GetString()));
        }
    }

    private static Task<GatewayNode> StartAsync() =>
        AudienceClient.StartAsync(app => app.MapAudience("ann", s => s.Principal.Identity is { IsAuthenticated: true, Name: "ann" }));

    private static Task PublishAsync(GatewayNode node) => AudienceClient.PublishAsync(
        node,
        ("1", null),
        ("user", Audience.User("ann")),
        ("connection", Audience.Connection("some")),
        ("2", null),
        ("role", Audience.Role("admin")),
        ("signed", Audience.SignedIn),
        ("near", Audience.Within(new Location(0, 0), 1_000)),
        ("named", Audience.Named("ann")),
        ("3", null));

    private static async Task<string> ReadAsync(GatewayNode node, string? user, string query = "", bool apiKey = false)
    {
        (string, string)[] headers = apiKey ? [("X-API-Key", IdentityNode.ApiKey)] : user is null ? [] : [IdentityNode.Bearer(SignedToken.Of(user))];
        using var answer = await node.SendAsync(HttpMethod.Get, $"/rooms/news/messages?since={(query.Contains("reverse", StringComparison.Ordinal) ? "" : "start")}{query}", headers);
        var page = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        return string.Join(' ', page.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("data").GetString()));
    }
}
