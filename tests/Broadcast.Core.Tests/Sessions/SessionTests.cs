namespace Broadcast.Core.Tests.Sessions;

/// <summary>What is known of a connection is replaced as a whole, within its bounds.</summary>
public sealed class SessionTests : IDisposable
{
    private readonly TestNode _node = new(options: new HubOptions { Sessions = new SessionOptions { MaxAttributes = 2, MaxNameBytes = 8, MaxValueBytes = 16 } });

    public static TheoryData<Session, string> Refused => new()
    {
        { Session.Empty.With("a", 1).With("b", 2).With("c", 3), "A session has at most 2 attributes; this one has 3." },
        { Session.Empty.With("a-long-name", 1), "An attribute's name has 1 to 8 bytes; this one has 11." },
        { Session.Empty.With("ääääö", 1), "An attribute's name has 1 to 8 bytes; this one has 10." },
        { Session.Empty.With("", 1), "An attribute's name has 1 to 8 bytes; this one has 0." },
        { Session.Empty.With("a", "seventeen letters"), "An attribute has at most 16 bytes; 'a' has 17." },
        { Session.Empty.With("a", new[] { "nine more", "and eight" }), "An attribute has at most 16 bytes; 'a' has 18." },
        { At(90.5, 0), "A location is a latitude from -90 to 90 and a longitude from -180 to 180; this one is 90.5, 0." },
        { At(0, -180.1), "A location is a latitude from -90 to 90 and a longitude from -180 to 180; this one is 0, -180.1." },
        { At(double.NaN, 0), "A location is a latitude from -90 to 90 and a longitude from -180 to 180; this one is NaN, 0." },
        { At(0, double.PositiveInfinity), "A location is a latitude from -90 to 90 and a longitude from -180 to 180; this one is 0, Infinity." },
    };

    public void Dispose() => _node.Dispose();

    [Fact, Trait("row", "S2.22")]
    public void What_an_application_says_of_a_connection_is_read_from_then_on()
    {
        var connection = _node.Connect(user: "ann").Connection;
        Assert.Same(Session.Empty, _node.Connect().Connection.Session);

        Assert.Null(connection.UpdateSession(s => s.With("plan", "premium").With("admin", true) with { Location = new Location(90, -180) }));

        Assert.Equal("ann", connection.Session.User);
        Assert.Equal("premium", connection.Session.Attributes["plan"]!.Text);
        Assert.True(connection.Session.Attributes["admin"]!.Flag);
        Assert.Null(connection.Session.Attributes["age"]);
        Assert.Equal(new Location(90, -180), connection.Session.Location);
        Assert.False(connection.Session.Principal.Identity!.IsAuthenticated);

        Assert.Null(connection.UpdateSession(s => s.Without("admin")));
        Assert.Equal(1, connection.Session.Attributes.Count);
    }

    [Theory, Trait("row", "S2.22")]
    [MemberData(nameof(Refused))]
    public void What_is_beyond_its_bounds_is_refused_with_one_sentence_and_changes_nothing(Session beyond, string sentence)
    {
        var connection = _node.Connect().Connection;
        connection.UpdateSession(s => s.With("kept", 1));
        var kept = connection.Session;

        Assert.Equal(sentence, connection.UpdateSession(_ => beyond));
        Assert.Same(kept, connection.Session);
    }

    [Fact, Trait("row", "S2.22")]
    public void Who_changes_it_at_the_same_moment_is_not_lost()
    {
        var connection = _node.Connect().Connection;
        var asked = 0;

        connection.UpdateSession(s =>
        {
            if (asked++ == 0)
            {
                connection.UpdateSession(other => other.With("a", 1));
            }

            return s.With("b", 2);
        });

        Assert.Equal(2, asked);
        Assert.Equal(["a", "b"], connection.Session.Attributes.Select(a => a.Key).Order());
    }

    [Fact]
    public async Task Updates_of_many_threads_are_all_there_in_the_end()
    {
        var connection = _node.Connect().Connection;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
            {
                connection.UpdateSession(s => s.With("count", (s.Attributes["count"]?.Number ?? 0) + 1));
            }
        })));

        Assert.Equal(2_000, connection.Session.Attributes["count"]!.Number);
    }

    [Fact, Trait("row", "S2.46")]
    public void The_last_activity_is_when_it_connected_until_something_comes()
    {
        var client = _node.Connect();
        var connected = _node.Time.GetUtcNow();
        Assert.Equal(connected, client.Connection.LastActivity);
        _node.Pass(TimeSpan.FromSeconds(7));
        Assert.Equal(connected, client.Connection.LastActivity);

        client.Connection.SignOfLife();
        Assert.Equal(connected + TimeSpan.FromSeconds(7), client.Connection.LastActivity);
    }

    private static Session At(double latitude, double longitude) => Session.Empty with { Location = new Location(latitude, longitude) };
}
