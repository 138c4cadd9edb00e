using System.Security.Claims;

namespace Broadcast.Core;

/// <summary>
/// The connections of this node, found by id, user, room, place, or an attribute that is indexed; never by looking at all of them. It is the one place where
/// a session is replaced, so that what is found by it changes with it. Any thread may call it; event loops do, and so nothing that changes it waits for who reads.
/// </summary>
internal sealed class ConnectionRegistry
{
    private readonly LateChanges<(Connection Connection, bool IsNew, bool HasGone)> _guard;

    /// <summary>Each with the session by which it is found.</summary>
    private readonly Dictionary<string, (Connection Connection, Session Indexed)> _byId = new(StringComparer.Ordinal);
    private readonly AttributeIndex _byAttribute;
    private readonly TagIndex _byTag = new();
    private readonly GeoIndex _byPlace = new();
    private readonly SessionOptions _options;
    private readonly Hub _hub;

    internal ConnectionRegistry(Hub hub, SessionOptions options)
    {
        (_hub, _options, _byAttribute) = (hub, options, new AttributeIndex(options.Indexed));
        _guard = new(Make);
    }

    public int Count => _guard.Read(() => _byId.Count);

    /// <summary>All there are at this moment, in no order.</summary>
    public IReadOnlyList<Connection> All => _guard.Read<Connection[]>(() => [.. _byId.Values.Select(c => c.Connection)]);

    /// <summary>By user; the anonymous are not in it.</summary>
    public UserIndex Users { get; } = new();

    /// <summary>Values by which some connection is found now.</summary>
    internal int IndexedCount => _guard.Read(() => _byAttribute.Count);

    /// <returns>Null if it is not there any more, or is another node's.</returns>
    public Connection? Find(string id) => _guard.Read(() => _byId.GetValueOrDefault(id).Connection);

    /// <summary>Finds connections as <see cref="ClientCalls.FindAsync(ConnectionQuery)"/> does, at this moment.</summary>
    /// <exception cref="ArgumentException">The attribute is not indexed; the message is one sentence.</exception>
    public IReadOnlyList<Connection> Find(ConnectionQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return [.. query.In(this).Where(query.Fits)];
    }

    /// <returns>None for a user who is not connected here.</returns>
    public IReadOnlyList<Connection> OfUser(string user) => Users.Of(user);

    public IReadOnlyList<Connection> InRoom(string room)
    {
        var members = _hub.FindRoom(room)?.Presence.Members(int.MaxValue) ?? [];
        return _guard.Read<Connection[]>(() => [.. members.Select(m => _byId.GetValueOrDefault(m.Client).Connection).OfType<Connection>()]);
    }

    /// <summary>Whose attribute is this value, or a list with it.</summary>
    /// <exception cref="ArgumentException">The attribute is not indexed; the message is one sentence.</exception>
    public IReadOnlyList<Connection> WithAttribute(string name, AttributeValue value)
    {
        if (IndexRefusal(name) is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(name));
        }

        return _guard.Read(() => _byAttribute.With(name, value));
    }

    /// <summary>Those whose location is known and that near, along the great circle; exactly at the radius is inside.</summary>
    /// <exception cref="ArgumentException">There is no such place, or the radius is not positive; the message is one sentence.</exception>
    public IReadOnlyList<Connection> Within(Location centre, double metres)
    {
        ArgumentNullException.ThrowIfNull(centre);
        return Circle.Refusal(centre, metres) is { } refusal ? throw new ArgumentException(refusal) : Within(new Circle(centre, metres));
    }

    /// <summary>Those among whom all are that an audience means; by what they are found by, where there is something.</summary>
    internal IReadOnlyList<Connection> CandidatesOf(Audience audience)
    {
        switch (audience.Kind)
        {
            case AudienceKind.Nobody:
                return [];
            case AudienceKind.Connection:
                return Find(audience.Name) is { } one ? [one] : [];
            case AudienceKind.User:
                return OfUser(audience.Name);
            case AudienceKind.Users:
                return [.. audience.Names.SelectMany(OfUser)];
            case AudienceKind.Role or AudienceKind.Attribute when _byAttribute.Has(audience.Name) && audience.Value is { } value:
                return WithAttribute(audience.Name, value);
            case AudienceKind.Role or AudienceKind.SignedIn:
                return Users.All();
            case AudienceKind.Named:
                return _guard.Read(() => _byTag.With(_hub.Audiences.TagOf(audience)));
            case AudienceKind.Within:
                return Within(audience.Circle!);
            default:
                return All;
        }
    }

    /// <returns>Null, or why nobody is found by that attribute, in one sentence.</returns>
    internal string? IndexRefusal(string name) =>
        _byAttribute.Has(name) ? null : $"The attribute '{name}' is not indexed; name it in Broadcast:Hub:Sessions:Indexed.";

    /// <returns>Null, or why the session is not taken, in one sentence.</returns>
    internal string? Refusal(Session session) => _options.Refusal(session);

    /// <summary>
    /// Adds to a session what is computed of it, before it takes the place of another. It asks the application: on the thread that changes the session, not on an
    /// event loop.
    /// </summary>
    internal Session Completed(Session now, Session? was = null) => _hub.Views.Completed(_hub.Audiences.Completed(now, was));

    /// <summary>A session of who proved to be a user, or null for nothing; with what is computed of it.</summary>
    internal Session SessionOf(string? user, Lazy<ClaimsPrincipal>? proof) => Completed(Session.Of(user, proof));

    internal void Add(Connection connection) => _guard.Add((connection, IsNew: true, HasGone: false));

    /// <summary>What is done to its session later changes nothing here.</summary>
    internal void Remove(Connection connection)
    {
        Users.Remove(connection);
        _guard.Add((connection, IsNew: false, HasGone: true));
    }

    /// <param name="now">As <see cref="Completed"/> gives it.</param>
    /// <returns>False if it has been replaced meanwhile.</returns>
    internal bool TryReplace(Connection connection, Session was, Session now)
    {
        if (!connection.TrySwapSession(was, now))
        {
            return false;
        }

        _guard.Add((connection, IsNew: false, HasGone: false));
        if (now.ViewKeys.Length > 0)
        {
            // What waits for a view may be known in another one, or there is place for its own by now.
            connection.Loop.Post(new LoopAction(connection.Drain));
        }

        return true;
    }

    private IReadOnlyList<Connection> Within(Circle circle) => _guard.Read(() => _byPlace.Within(circle));

    /// <summary>Under the guard. By the session as it is then: of several changes the first that is made is all of them.</summary>
    private void Make((Connection Connection, bool IsNew, bool HasGone) change)
    {
        var connection = change.Connection;
        if (!change.IsNew && !_byId.ContainsKey(connection.Id))
        {
            return;
        }

        var was = change.IsNew ? Session.Empty : _byId[connection.Id].Indexed;
        var now = change.HasGone ? Session.Empty : connection.Session;
        if (change.HasGone)
        {
            _byId.Remove(connection.Id);
        }
        else
        {
            _byId[connection.Id] = (connection, now);
        }

        _byAttribute.Replace(connection, was.Attributes, now.Attributes);
        _byTag.Replace(connection, was.Tags, now.Tags);
        _byPlace.Replace(connection, was.Place, now.Place);
    }
}
