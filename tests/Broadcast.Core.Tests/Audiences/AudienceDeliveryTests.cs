using System.Globalization;

namespace Broadcast.Core.Tests.Audiences;

/// <summary>What is meant for some reaches them, in order with all else, and nobody else on any way through the core.</summary>
public sealed class AudienceDeliveryTests
{
    public static TheoryData<string> Dialects => new("full", "decorating", "bare");

    [Theory, Trait("row", "S2.18"), Trait("row", "S2.24")]
    [MemberData(nameof(Dialects))]
    public void Members_get_what_is_meant_for_them_in_order_and_the_others_pass_over_it(string dialect)
    {
        using var node = new TestNode();
        var (ann, bob) = (Member(node, "ann", DialectOf(dialect)), Member(node, "bob", DialectOf(dialect)));
        Publish(node, "1", null);
        Publish(node, "2 for ann", Audience.User("ann"));
        Publish(node, "3", null);
        Publish(node, "4 for ann", Audience.User("ann"));
        Publish(node, "5 all but ann", Audience.AllBut(ann.Id));
        node.Settle();

        Assert.Equal(["1", "2-for-ann", "3", "4-for-ann"], ann.Publications("r"));
        Assert.Equal(["1", "3", "5-all-but-ann"], bob.Publications("r"));
        Assert.All([ann, bob], c => Assert.Equal(5UL, c.In("r")!.Position.Offset));
        Assert.All([ann, bob], c => Assert.Empty(c.Transport.Breaches));
    }

    [Theory]
    [MemberData(nameof(Dialects))]
    public void Wherever_sends_are_cut_each_gets_its_own(string dialect)
    {
        for (var cut = 0; cut < 200; cut++)
        {
            using var node = new TestNode();
            var (ann, bob) = (Member(node, "ann", DialectOf(dialect)), Member(node, "bob", DialectOf(dialect)));
            for (var i = 0; i < 12; i++)
            {
                Publish(node, i.ToString(CultureInfo.InvariantCulture), (i % 3) switch { 0 => null, 1 => Audience.User("ann"), _ => Audience.User("bob") });
            }

            ann.Transport.Capacity = bob.Transport.Capacity = cut;
            node.Settle();
            foreach (var client in new[] { ann, bob })
            {
                client.Transport.Unblock();
                node.Settle();
                Assert.Empty(client.Transport.Breaches);
            }

            Assert.Equal(["0", "1", "3", "4", "6", "7", "9", "10"], ann.Publications("r"));
            Assert.Equal(["0", "2", "3", "5", "6", "8", "9", "11"], bob.Publications("r"));
        }
    }

    [Fact]
    public void What_nobody_here_is_meant_by_costs_no_frame_and_no_send_and_what_some_are_one_frame()
    {
        using var node = new TestNode();
        var clients = Enumerable.Range(0, 20).Select(i => Member(node, $"u{i}", TestDialect.Full)).ToArray();
        var (encoded, sends) = (TestFormat.Encodings, clients.Sum(c => c.Transport.Sends));

        Publish(node, "x", Audience.User("elsewhere"));
        node.Settle();
        Assert.Equal((encoded, sends), (TestFormat.Encodings, clients.Sum(c => c.Transport.Sends)));

        Publish(node, "y", Audience.Users("u1", "u2", "u3"));
        node.Settle();
        Assert.Equal((encoded + 1, sends + 3), (TestFormat.Encodings, clients.Sum(c => c.Transport.Sends)));
    }

    [Fact]
    public void Who_is_meant_by_nothing_in_a_burst_gets_the_rest_of_it_in_one_send()
    {
        using var node = new TestNode();
        var (ann, bob) = (Member(node, "ann", TestDialect.Full), Member(node, "bob", TestDialect.Full));
        var sends = (ann.Transport.Sends, bob.Transport.Sends);
        for (var i = 0; i < 30; i++)
        {
            Publish(node, $"{i}", i % 2 == 0 ? null : Audience.User("ann"));
        }

        node.Settle();

        Assert.Equal((sends.Item1 + 1, sends.Item2 + 1), (ann.Transport.Sends, bob.Transport.Sends));
        Assert.Equal((30, 15), (ann.Publications("r").Count(), bob.Publications("r").Count()));
    }

    [Fact]
    public void A_changed_session_counts_from_the_next_publication()
    {
        using var node = new TestNode();
        node.Hub.Audiences.Add("paying", s => s.Attributes.Has("plan", "premium"));
        var client = Member(node, "ann", TestDialect.Full);
        Publish(node, "1", Audience.Named("paying"));
        node.Settle();
        client.Connection.UpdateSession(s => s.With("plan", "premium") with { Location = new Location(1, 1) });
        Publish(node, "2", Audience.Named("paying"));
        Publish(node, "3", Audience.Within(new Location(1, 1), 5));
        node.Settle();
        client.Connection.UpdateSession(s => s.Without("plan") with { Location = new Location(2, 2) });
        Publish(node, "4", Audience.Named("paying"));
        Publish(node, "5", Audience.Within(new Location(1, 1), 5));
        node.Settle();

        Assert.Equal(["2", "3"], client.Publications("r"));
    }

    [Fact]
    public void History_shows_it_to_nobody_else_and_recovering_is_whole_all_the_same()
    {
        using var node = new TestNode(new RoomRule { Window = new Bounds { MaxCount = 2 } });
        for (var i = 1; i <= 9; i++)
        {
            Publish(node, $"{i}", i % 3 == 0 ? Audience.User("ann") : null);
        }

        var (ann, bob) = (Member(node, "ann", TestDialect.Full, JoinAt.Start), Member(node, "bob", TestDialect.Full, JoinAt.Start));
        var back = Member(node, "bob", TestDialect.Full, JoinAt.Recover(new StreamPosition("e1", 4)));

        Assert.Equal(Enumerable.Range(1, 9).Select(i => $"{i}"), ann.Publications("r"));
        Assert.Equal(["1", "2", "4", "5", "7", "8"], bob.Publications("r"));
        Assert.Equal(["5", "7", "8"], back.Publications("r"));
        Assert.True(back.In("r")!.Recovered);
        Assert.All([ann, bob, back], c => Assert.Equal(9UL, c.In("r")!.Position.Offset));
    }

    [Fact]
    public void Who_falls_behind_where_only_the_latest_counts_goes_on_with_the_latest_for_everybody()
    {
        using var node = new TestNode(new RoomRule { FallingBehind = FallingBehind.Latest, MaxBehind = 3, Window = new Bounds { MaxCount = 50 } });
        var (ann, bob) = (Blocked(node, "ann"), Blocked(node, "bob"));
        for (var i = 2; i <= 10; i++)
        {
            Publish(node, $"{i}", i is 5 or > 8 ? Audience.User("ann") : null);
        }

        node.Settle();
        Unblock(node, ann, bob);

        Assert.Equal(["1", "8", "9", "10"], ann.Publications("r"));
        Assert.Equal(["1", "8"], bob.Publications("r"));
        Assert.All([ann, bob], c => Assert.Equal(11UL, c.In("r")!.Position.Offset));
    }

    [Fact]
    public void Who_falls_behind_where_keys_are_conflated_gets_the_newest_for_everybody_of_each()
    {
        using var node = new TestNode(new RoomRule { FallingBehind = FallingBehind.Conflate, MaxBehind = 3, Window = new Bounds { MaxCount = 50 } });
        var (ann, bob) = (Blocked(node, "ann"), Blocked(node, "bob"));
        node.Publish("r", "a1", "a");
        node.Publish("r", "b1", "b");
        Publish(node, "unkeyed for ann", Audience.User("ann"));
        node.Publish("r", "a2", "a");
        node.Settle();
        Unblock(node, ann, bob);

        Assert.Equal(["1", "b1", "a2"], ann.Publications("r"));
        Assert.Equal(["1", "b1", "a2"], bob.Publications("r"));
    }

    [Fact]
    public async Task A_key_for_some_is_refused_where_keys_are_conflated_and_an_unknown_audience_everywhere()
    {
        using var node = new TestNode(new RoomRule { FallingBehind = FallingBehind.Conflate });
        var client = Member(node, "ann", TestDialect.Full);
        var keyed = new Publication("x"u8.ToArray(), ContentKind.Text) { Key = "k", Audience = Audience.User("ann") };

        var refused = await node.Hub.PublishAsync("r", keyed);
        var unknown = await node.Hub.PublishAsync("r", Publication.Text("x").For(Audience.Named("premum")));
        node.Settle();

        Assert.Equal(
            (PublishOutcome.Refused, "In a room that conflates, the newest publication of a key is the newest for everybody; one for an audience has no key."),
            (refused.Outcome, refused.Reason));
        Assert.Equal(
            (PublishOutcome.Refused, "There is no audience 'premum'; the application names it with MapAudience before it starts."),
            (unknown.Outcome, unknown.Reason));
        Assert.Empty(client.Publications("r"));
        Assert.Equal(0UL, node.Hub.FindRoom("r")!.Position.Offset);
    }

    [Fact]
    public async Task A_node_that_does_not_know_an_audience_yet_shows_it_to_nobody_and_counts_it()
    {
        await using var cluster = await TestCluster.OfAsync("new", "old");
        cluster["new"].Hub.Audiences.Add("everybody", _ => true);
        var (here, there) = (cluster["new"].Join("news"), cluster["old"].Join("news"));
        cluster.Turn();
        using var counted = new CountOf(cluster["old"].Hub.Metrics.UnknownAudiences);

        await cluster["new"].Hub.PublishAsync("news", Publication.Text("1").For(Audience.Named("everybody")));
        await cluster["new"].Hub.PublishAsync("news", Publication.Text("2"));
        await cluster.UntilAsync(() => there.Publications("news").Any() && here.Publications("news").Count() == 2, "the publications");

        Assert.Equal(["1", "2"], here.Publications("news"));
        Assert.Equal(["2"], there.Publications("news"));
        Assert.Equal(1, counted.Value);
    }

    private static TestDialect DialectOf(string name) => name switch { "full" => TestDialect.Full, "decorating" => TestDialect.Decorating, _ => TestDialect.Bare };

    private static TestClient Member(TestNode node, string user, TestDialect dialect, JoinAt at = default)
    {
        var client = node.Connect(dialect, user: user);
        client.Join("r", at);
        node.Settle();
        return client;
    }

    /// <summary>A member that blocks at the first publication.</summary>
    private static TestClient Blocked(TestNode node, string user)
    {
        var client = Member(node, user, TestDialect.Full);
        client.Transport.Capacity = 0;
        Publish(node, "1", Audience.User(user));
        node.Settle();
        Assert.True(client.Connection.IsParked);
        return client;
    }

    private static void Unblock(TestNode node, params TestClient[] clients)
    {
        foreach (var client in clients)
        {
            client.Transport.Unblock();
            node.Settle();
        }
    }

    private static void Publish(TestNode node, string text, Audience? audience)
    {
        var publishing = node.Hub.PublishAsync("r", Publication.Text(text.Replace(' ', '-')).For(audience)).AsTask();
        Assert.True(publishing.IsCompletedSuccessfully && publishing.Result.IsAccepted);
    }
}
