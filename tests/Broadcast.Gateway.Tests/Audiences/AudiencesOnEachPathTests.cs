using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Audiences;

/// <summary>Whom a publication is meant for gets it, and nobody else does, whatever way they came and whenever they ask.</summary>
public sealed class AudiencesOnEachPathTests
{
    public static TheoryData<string> Paths => AudienceClient.Paths;

    /// <summary>With a cancellation as third argument the compiler takes the overload for data, which made JSON of the publication, for everybody.</summary>
    [Fact, Trait("row", "S4.20")]
    public async Task A_publication_stays_what_it_is_in_whatever_way_it_is_given()
    {
        await using var node = await GatewayNode.StartAsync();
        var broadcaster = node.App.Services.GetRequiredService<IBroadcaster>();
        var publication = new Publication("for admins"u8.ToArray(), ContentKind.Text) { Event = "order", Audience = Audience.Role("admin") };

        Assert.True((await broadcaster.PublishAsync("room", publication, CancellationToken.None)).IsAccepted);
        Assert.True((await broadcaster.PublishWithReceiptAsync("room", publication, CancellationToken.None)).Result.IsAccepted);

        var kept = (await node.Hub.ReadAsync("room", new HistoryQuery(null, 10))).Publications.Select(p => p.Publication).ToArray();
        Assert.Equal(2, kept.Length);
        Assert.All(kept, p => Assert.Equal(("order", ContentKind.Text, publication.Audience), (p.Event, p.Kind, p.Audience)));
        Assert.All(kept, p => Assert.True(p.Data.Span.SequenceEqual("for admins"u8)));
    }

    [Theory, Trait("row", "S2.18"), Trait("row", "S2.25"), Trait("row", "S2.27"), Trait("row", "S2.28"), Trait("row", "S2.33"), Trait("row", "S4.20")]
    [MemberData(nameof(Paths))]
    public async Task Every_kind_of_audience_reaches_those_it_means_and_nobody_else(string path)
    {
        await using var node = await AudienceClient.StartAsync(MapPremiumOrAdmin);
        var ann = await AudienceClient.ConnectAsync(node, path, "ann");
        var bob = await AudienceClient.ConnectAsync(node, path, "bob");
        var guest = await AudienceClient.ConnectAsync(node, path, null);
        ann.Connection.UpdateSession(s => s.With("plan", "premium").With("roles", new[] { "admin" }).With("pool", "blue") with { Location = new(10, 179.99) });
        guest.Connection.UpdateSession(s => s.With("plan", "premium").With("roles", "admin"));

        await AudienceClient.PublishAsync(
            node,
            ("connection", Audience.Connection(ann.Connection.Id)),
            ("user", Audience.User("ann")),
            ("friends", Audience.Users("ann", "eve")),
            ("others", Audience.SignedIn.Except(bob.Connection.Id)),
            ("role", Audience.Role("admin")),
            ("attribute", Audience.Attribute("plan", "premium").Except(guest.Connection.Id)),
            ("pool", Audience.Pool("blue")),
            ("unknown pool", Audience.Pool("green")),
            ("named", Audience.Named("premium-or-admin")),
            ("near", Audience.Within(new Location(10, -179.99), 10_000)),
            ("nobody", Audience.Nobody),
            ("signed in", Audience.SignedIn),
            ("all but ann", Audience.AllBut(ann.Connection.Id)),
            ("everybody", null));

        Assert.Equal(
            ["connection", "user", "friends", "others", "role", "attribute", "pool", "named", "near", "signed in", "everybody"], await ann.ReadAsync(11));
        Assert.Equal(["signed in", "all but ann", "everybody"], await bob.ReadAsync(3));
        Assert.Equal(["all but ann", "everybody"], await guest.ReadAsync(2));
    }

    [Theory, Trait("row", "S2.25")]
    [MemberData(nameof(Paths))]
    public async Task Who_comes_back_with_a_position_gets_what_was_missed_and_meant_and_nothing_else(string path)
    {
        await using var node = await AudienceClient.StartAsync(MapPremiumOrAdmin);
        var first = await node.PublishAsync("news", "before");
        await AudienceClient.PublishAsync(
            node, ("1", null), ("for ann", Audience.User("ann")), ("2", null), ("premium", Audience.Named("premium-or-admin")), ("3", null), ("nobody", Audience.Nobody));

        var ann = await AudienceClient.ConnectAsync(node, path, "ann", first.ToString());
        var bob = await AudienceClient.ConnectAsync(node, path, "bob", first.ToString());
        await node.PublishAsync("news", "live");

        Assert.Equal(["1", "for ann", "2", "3", "live"], await ann.ReadAsync(5));
        Assert.Equal(["1", "2", "3", "live"], await bob.ReadAsync(4));
    }

    [Theory, Trait("row", "S2.22")]
    [MemberData(nameof(Paths))]
    public async Task A_changed_session_counts_from_the_next_publication_without_coming_again(string path)
    {
        await using var node = await AudienceClient.StartAsync(MapPremiumOrAdmin);
        var bob = await AudienceClient.ConnectAsync(node, path, "bob");

        await AudienceClient.PublishAsync(node, ("1", Audience.Named("premium-or-admin")), ("2", null));
        Assert.Equal(["2"], await bob.ReadAsync(1));
        bob.Connection.UpdateSession(s => s.With("plan", "premium"));
        await AudienceClient.PublishAsync(node, ("3", Audience.Named("premium-or-admin")));
        Assert.Equal(["3"], await bob.ReadAsync(1));
        bob.Connection.UpdateSession(s => s.Without("plan"));
        await AudienceClient.PublishAsync(node, ("4", Audience.Named("premium-or-admin")), ("5", null));
        Assert.Equal(["5"], await bob.ReadAsync(1));
    }

    [Fact, Trait("row", "S2.18")]
    public async Task Who_joins_is_told_so_and_the_others_that_somebody_has()
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
            app.On("join-room", async (string room, IConnection connection, IBroadcaster broadcaster) =>
            {
                await connection.JoinAsync(room);
                await broadcaster.PublishAsync(room, $"{connection.Id} joined the room", Audience.AllBut(connection.Id));
                return $"Joined room {room}";
            }));
        var (first, second) = (await Handlers.HandlerClient.ConnectAsync(node), await Handlers.HandlerClient.ConnectAsync(node));

        Assert.Equal("\"Joined room game\"", (await first.AskAsync("join-room", "\"game\"")).Data);
        Assert.Equal("game", (await first.OtherAsync()).GetProperty("open").GetProperty("room").GetString());
        Assert.Equal("\"Joined room game\"", (await second.AskAsync("join-room", "\"game\"")).Data);
        Assert.Equal("game", (await second.OtherAsync()).GetProperty("open").GetProperty("room").GetString());

        Assert.Equal($"{second.Id} joined the room", (await first.OtherAsync()).GetProperty("data").GetString());
        await node.PublishAsync("game", "to all");
        Assert.Equal("to all", (await second.OtherAsync()).GetProperty("data").GetString());
    }

    [Fact]
    public async Task A_client_cannot_say_whom_its_publication_is_meant_for()
    {
        await using var node = await GatewayNode.StartAsync();
        var socket = await node.EnvelopeAsync("news");

        var refused = await socket.AskAsync("""{"id":1,"publish":{"data":1,"audience":{"user":"ann"}}}""");

        Assert.Equal(107, refused.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(0UL, node.Hub.FindRoom("news")!.Position.Offset);
    }

    [Fact]
    public async Task A_user_is_reached_on_whichever_node_it_is_and_a_neighbour_is_not()
    {
        await using var cluster = await GatewayCluster.StartAsync(new() { ["Broadcast:Rooms:0:Subscribe"] = "Anyone" });
        var (ann, bob) = (await AudienceClient.ConnectAsync(cluster.B, "envelope", "ann"), await AudienceClient.ConnectAsync(cluster.B, "envelope", "bob"));

        await AudienceClient.PublishAsync(cluster.A, ("for ann", Audience.User("ann")), ("for all", null));

        Assert.Equal(["for ann", "for all"], await ann.ReadAsync(2));
        Assert.Equal(["for all"], await bob.ReadAsync(1));
    }

    private static void MapPremiumOrAdmin(WebApplication app) =>
        app.MapAudience("premium-or-admin", s => s.User is not null && (s.Attributes.Has("plan", "premium") || s.Attributes.Has("roles", "admin")));
}
