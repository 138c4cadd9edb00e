namespace Broadcast.Core.Tests.Connections;

/// <summary>Connections are found by what they are now.</summary>
public sealed class ConnectionRegistryTests : IDisposable
{
    private readonly TestNode _node = new(loops: 2, options: new HubOptions { Sessions = new SessionOptions { Indexed = ["plan", "roles", "admin", "level"] } });

    private ConnectionRegistry Connections => _node.Hub.Connections;

    public void Dispose() => _node.Dispose();

    [Fact, Trait("row", "S2.5")]
    public void A_connection_is_found_by_its_id_until_it_ends()
    {
        var client = _node.Connect();
        _node.Connect();
        _node.Settle();
        Assert.Same(client.Connection, Connections.Find(client.Id));
        Assert.Null(Connections.Find("nobody"));
        Assert.Equal(2, Connections.Count);
        Assert.Equal(_node.Clients.Select(c => c.Id).Order(), Connections.All.Select(c => c.Id).Order());

        client.Connection.PostClose(Disconnect.Normal);
        _node.Settle();
        Assert.Null(Connections.Find(client.Id));
        Assert.Equal(1, Connections.Count);
    }

    [Fact, Trait("row", "S2.6")]
    public void Connections_are_found_by_what_an_indexed_attribute_is_now()
    {
        var (ann, bob) = (_node.Connect(), _node.Connect());
        _node.Settle();
        ann.Connection.UpdateSession(s => s.With("plan", "premium").With("admin", true).With("level", 3).With("colour", "red"));
        bob.Connection.UpdateSession(s => s.With("plan", "premium"));

        Assert.Equal(new[] { ann.Id, bob.Id }.Order(), Ids("plan", "premium").Order());
        Assert.Equal([ann.Id], Ids("admin", true));
        Assert.Equal([ann.Id], Ids("level", 3));
        Assert.Empty(Ids("admin", "true"));
        Assert.Empty(Ids("plan", "basic"));

        ann.Connection.UpdateSession(s => s.With("plan", "basic").Without("admin"));
        Assert.Equal([bob.Id], Ids("plan", "premium"));
        Assert.Equal([ann.Id], Ids("plan", "basic"));
        Assert.Empty(Ids("admin", true));
    }

    [Fact, Trait("row", "S2.6")]
    public void All_that_is_asked_for_must_be_so()
    {
        var (here, elsewhere, bob) = (_node.Connect(user: "ann"), _node.Connect(user: "ann"), _node.Connect(user: "bob"));
        here.Join("board");
        elsewhere.Join("hall");
        bob.Join("board");
        _node.Settle();
        here.Connection.UpdateSession(s => s.With("plan", "premium"));

        Assert.Equal([here.Id], Connections.Find(new ConnectionQuery { User = "ann", Room = "board" }).Select(c => c.Id));
        Assert.Equal([here.Id], Connections.Find(new ConnectionQuery { User = "ann", Attribute = "plan", Value = "premium" }).Select(c => c.Id));
        Assert.Empty(Connections.Find(new ConnectionQuery { User = "bob", Room = "hall" }));
        Assert.Empty(Connections.Find(new ConnectionQuery { Client = here.Id, User = "bob" }));
    }

    [Fact, Trait("row", "S2.6")]
    public void Who_has_a_list_is_found_by_each_of_its_texts()
    {
        var client = _node.Connect();
        _node.Settle();
        client.Connection.UpdateSession(s => s.With("roles", new[] { "author", "editor", "author" }));
        Assert.Equal([client.Id], Ids("roles", "author"));
        Assert.Equal([client.Id], Ids("roles", "editor"));

        client.Connection.UpdateSession(s => s.With("roles", new[] { "editor" }));
        Assert.Empty(Ids("roles", "author"));
        Assert.Equal([client.Id], Ids("roles", "editor"));
    }

    [Fact, Trait("row", "S2.6")]
    public void Who_has_a_list_is_found_by_the_list_as_it_is_in_an_audience()
    {
        var client = _node.Connect();
        _node.Settle();
        client.Connection.UpdateSession(s => s.With("roles", new[] { "author", "editor" }));
        Assert.Equal([client.Id], Ids("roles", new[] { "author", "editor" }));
        Assert.Equal([client.Connection], Connections.CandidatesOf(Audience.Attribute("roles", new[] { "author", "editor" })));
        Assert.Empty(Ids("roles", new[] { "editor", "author" }));

        client.Connection.UpdateSession(s => s.With("roles", Array.Empty<string>()));
        Assert.Empty(Ids("roles", new[] { "author", "editor" }));
        Assert.Equal([client.Id], Ids("roles", Array.Empty<string>()));

        client.Connection.UpdateSession(s => s.Without("roles"));
        Assert.Equal(0, Connections.IndexedCount);
    }

    [Fact, Trait("row", "S2.41")]
    public void Nothing_is_left_of_who_has_gone_whatever_is_done_to_its_session_afterwards()
    {
        var client = _node.Connect(user: "ann");
        client.Connection.UpdateSession(s => s.With("plan", "premium").With("roles", new[] { "a", "b" }));
        client.Join("news");
        _node.Settle();
        Assert.Equal(4, Connections.IndexedCount);
        Assert.Same(client.Connection, Assert.Single(Connections.InRoom("news")));

        client.Connection.PostTransportEnded(Disconnect.GoingAway);
        _node.Settle();
        client.Connection.UpdateSession(s => s.With("plan", "late"));

        Assert.Equal(0, Connections.IndexedCount);
        Assert.Empty(Ids("plan", "premium"));
        Assert.Empty(Ids("plan", "late"));
        Assert.Empty(Connections.OfUser("ann"));
        Assert.Empty(Connections.InRoom("news"));
    }

    [Fact, Trait("row", "S2.42")]
    public void Who_signs_in_later_is_found_by_user_and_keeps_its_attributes()
    {
        var client = _node.Connect();
        client.Connection.UpdateSession(s => s.With("plan", "premium"));
        client.Connection.PostAction(c => c.Identify("ann", null, null));
        _node.Settle();

        Assert.Same(client.Connection, Assert.Single(Connections.OfUser("ann")));
        Assert.Equal("ann", client.Connection.Session.User);
        Assert.Equal([client.Id], Ids("plan", "premium"));
    }

    [Fact]
    public void The_members_of_a_room_are_found_and_nobody_else()
    {
        var members = Enumerable.Range(0, 12).Select(_ => _node.Join("news")).ToArray();
        _node.Join("chat");

        Assert.Equal(members.Select(m => m.Id).Order(), Connections.InRoom("news").Select(c => c.Id).Order());
        Assert.Empty(Connections.InRoom("nowhere"));
    }

    [Fact, Trait("row", "S2.6")]
    public void An_attribute_that_is_not_indexed_is_refused_and_not_looked_for_in_all_connections() =>
        Assert.StartsWith(
            "The attribute 'colour' is not indexed; name it in Broadcast:Hub:Sessions:Indexed.",
            Assert.Throws<ArgumentException>(() => Connections.WithAttribute("colour", "red")).Message,
            StringComparison.Ordinal);

    [Fact, Trait("row", "S2.41")]
    public async Task What_is_found_agrees_with_the_sessions_after_many_threads_changed_them()
    {
        var clients = Enumerable.Range(0, 8).Select(_ => _node.Connect()).ToArray();
        _node.Settle();
        var plans = new AttributeValue[] { "a", "b", "c" };
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                clients[(i + thread) % clients.Length].Connection.UpdateSession(s => s.With("plan", plans[(i * (thread + 1)) % plans.Length]));
            }
        })));

        foreach (var plan in plans)
        {
            var expected = clients.Where(c => c.Connection.Session.Attributes["plan"]!.Equals(plan)).Select(c => c.Id).Order();
            Assert.Equal(expected, Ids("plan", plan).Order());
        }
    }

    private IEnumerable<string> Ids(string name, AttributeValue value) => Connections.WithAttribute(name, value).Select(c => c.Id);
}
