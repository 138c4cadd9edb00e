using System.Security.Claims;

namespace Broadcast.Core.Tests.Audiences;

/// <summary>Who is in an audience, by what is known of a session.</summary>
public sealed class AudiencesTests : IDisposable
{
    private readonly TestNode _node = new(options: new HubOptions { Sessions = new SessionOptions { Indexed = ["plan"] } });

    private Core.Audiences Audiences => _node.Hub.Audiences;

    public void Dispose() => _node.Dispose();

    [Fact, Trait("row", "S2.24"), Trait("row", "S2.25")]
    public void Each_audience_means_those_it_names()
    {
        Audiences.Add("premium-or-admin", s => s.User is not null && (s.Attributes.Has("plan", "premium") || s.Attributes.Has("roles", "admin")));
        var (ann, bob, guest) = (_node.Connect(user: "ann"), _node.Connect(user: "bob"), _node.Connect());
        _node.Settle();
        ann.Connection.UpdateSession(s => s.With("plan", "premium").With("pool", new[] { "blue", "red" }) with { Location = new Location(0, 179.99) });
        bob.Connection.UpdateSession(s => s.With("roles", new[] { "editor", "admin" }).With("plan", "basic").With("level", 3));
        guest.Connection.UpdateSession(s => s.With("roles", "admin").With("plan", "premium"));

        Assert.Equal("ann bob", In(Audience.SignedIn));
        Assert.Equal("", In(Audience.Nobody));
        Assert.Equal("bob", In(Audience.Connection(bob.Id)));
        Assert.Equal("ann", In(Audience.User("ann")));
        Assert.Equal("ann bob", In(Audience.Users("bob", "ann", "eve")));
        Assert.Equal("bob", In(Audience.Role("admin")));
        Assert.Equal("ann guest", In(Audience.Attribute("plan", "premium")));
        Assert.Equal("bob", In(Audience.Attribute("level", 3)));
        Assert.Equal("", In(Audience.Attribute("level", "3")));
        Assert.Equal("ann", In(Audience.Pool("red")));
        Assert.Equal("", In(Audience.Pool("green")));
        Assert.Equal("ann bob", In(Audience.Named("premium-or-admin")));
        Assert.Equal("ann", In(Audience.Within(new Location(0, -179.99), 10_000)));
        Assert.Equal("ann bob", In(Audience.AllBut(guest.Id)));
        Assert.Equal("ann", In(Audience.SignedIn.Except(bob.Id)));

        string In(Audience audience)
        {
            var among = _node.Hub.Connections.CandidatesOf(audience).Where(c => Audiences.Includes(audience, c)).ToArray();
            Assert.Equal(_node.Hub.Connections.All.Where(c => Audiences.Includes(audience, c)).Select(c => c.Id).Order(), among.Select(c => c.Id).Order());
            return string.Join(' ', among.Select(c => c.User ?? "guest").Order());
        }
    }

    [Fact]
    public void A_predicate_is_asked_when_a_session_is_made_and_when_it_changes_and_never_on_a_loop()
    {
        var asked = 0;
        var onLoop = false;
        var turning = false;
        Audiences.Add("paying", s =>
        {
            asked++;
            onLoop |= turning;
            return s.Attributes.Has("plan", "premium") || s.User == "owner";
        });
        var owner = _node.Connect(user: "owner");
        var client = _node.Connect();
        Assert.Equal(2, asked);
        Assert.True(Audiences.Includes(Audience.Named("paying"), owner.Connection));

        turning = true;
        client.Join("news");
        for (var i = 0; i < 10; i++)
        {
            _ = _node.Hub.PublishAsync("news", Publication.Text("x").For(Audience.Named("paying"))).AsTask();
            _node.Settle();
        }

        turning = false;
        Assert.Equal(2, asked);
        client.Connection.UpdateSession(s => s.With("plan", "premium"));
        Assert.Equal(3, asked);
        client.Connection.Prove("owner", new Lazy<ClaimsPrincipal>(new ClaimsPrincipal()));
        Assert.Equal(4, asked);
        Assert.False(onLoop);
        Assert.Equal(2, _node.Hub.Connections.CandidatesOf(Audience.Named("paying")).Count);
    }

    [Fact]
    public void Who_becomes_another_user_on_its_loop_is_in_no_named_audience_until_that_was_asked()
    {
        Audiences.Add("everybody", _ => true);
        var client = _node.Connect();
        Assert.True(Audiences.Includes(Audience.Named("everybody"), client.Connection));
        client.Connection.PostAction(c => c.Identify("ann", null, null));
        _node.Settle();
        Assert.False(Audiences.Includes(Audience.Named("everybody"), client.Connection));

        client.Connection.UpdateSession(s => s);
        Assert.True(Audiences.Includes(Audience.Named("everybody"), client.Connection));
    }

    [Fact]
    public void A_predicate_that_throws_does_not_hold_and_is_logged()
    {
        Audiences.Add("faulty", s => s.Attributes.Count == 0 || s.Attributes["plan"]!.Text!.Length > 0);
        var client = _node.Connect();
        Assert.True(Audiences.Includes(Audience.Named("faulty"), client.Connection));

        Assert.Null(client.Connection.UpdateSession(s => s.With("colour", "red")));

        Assert.False(Audiences.Includes(Audience.Named("faulty"), client.Connection));
        Assert.Contains(_node.Logger.Lines, l => l.Text.Contains("The audience faulty failed", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_are_good_free_in_time_and_not_too_many()
    {
        Audiences.Add("a", _ => true);
        Assert.Equal("There is an audience 'a' already.", Assert.Throws<ArgumentException>(() => Audiences.Add("a", _ => true)).Message);
        Assert.Equal(
            "The name of a predicate has 1 to 128 bytes; this one has 129.",
            Assert.Throws<ArgumentException>(() => Audiences.Add(new string('x', 129), _ => true)).Message);
        for (var i = 1; i < Core.Audiences.MaxPredicates; i++)
        {
            Audiences.Add($"a{i}", _ => true);
        }

        Assert.Equal("There are 64 audiences already, and can be no more.", Assert.Throws<ArgumentException>(() => Audiences.Add("b", _ => true)).Message);
        Assert.All(Enumerable.Range(1, 63), i => Assert.True(Audiences.Includes(Audience.Named($"a{i}"), _node.Connect().Connection)));
    }

    [Fact]
    public void Audiences_come_before_the_application_has_started()
    {
        Audiences.Started();

        Assert.Equal(
            "The audience 'late' comes too late: audiences are added before the application starts.",
            Assert.Throws<InvalidOperationException>(() => Audiences.Add("late", _ => true)).Message);
    }

    [Fact]
    public void Who_has_no_connection_is_meant_by_user_and_predicates_only()
    {
        Audiences.Add("named-ann", s => s.Principal.Identity?.Name == "ann");
        var proof = new Lazy<ClaimsPrincipal>(() => new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "ann")], "test")));
        var (ann, nobody) = (Audiences.Completed(Session.Of("ann", proof)), Audiences.Completed(Session.Of(null, null)));

        foreach (var audience in new[] { Audience.SignedIn, Audience.User("ann"), Audience.Users("ann", "bob"), Audience.Named("named-ann") })
        {
            Assert.True(Audiences.Includes(audience, ann), $"{audience}");
            Assert.False(Audiences.Includes(audience, nobody), $"{audience}");
        }

        foreach (var audience in new[]
        {
            Audience.Nobody, Audience.Connection("c"), Audience.Role("admin"), Audience.Attribute("plan", "premium"), Audience.Pool("red"),
            Audience.Within(new Location(0, 0), 1e9), Audience.Named("unknown"),
        })
        {
            Assert.False(Audiences.Includes(audience, ann), $"{audience}");
        }
    }
}
