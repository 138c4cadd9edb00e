namespace Broadcast.Core;

/// <summary>Which connections are looked for. Nodes find them without looking at all they have.</summary>
public sealed record ConnectionQuery
{
    /// <summary>The one with this id.</summary>
    public string? Client { get; init; }

    /// <summary>Those of this user.</summary>
    public string? User { get; init; }

    /// <summary>Those in this room.</summary>
    public string? Room { get; init; }

    /// <summary>The name of an attribute that is indexed, with <see cref="Value"/>.</summary>
    public string? Attribute { get; init; }

    /// <summary>What the attribute is, or has if it is a list.</summary>
    public AttributeValue? Value { get; init; }

    /// <summary>The middle of a circle, with <see cref="Metres"/>.</summary>
    public Location? Centre { get; init; }

    /// <summary>How far from there, along the great circle.</summary>
    public double? Metres { get; init; }

    public static ConnectionQuery OfClient(string client) => new() { Client = client };

    public static ConnectionQuery OfUser(string user) => new() { User = user };

    public static ConnectionQuery InRoom(string room) => new() { Room = room };

    public static ConnectionQuery WithAttribute(string name, AttributeValue value) => new() { Attribute = name, Value = value };

    /// <summary>Those whose location is known and that near.</summary>
    public static ConnectionQuery Within(Location centre, double metres) => new() { Centre = centre, Metres = metres };

    /// <summary>Why there is no such circle, in one sentence; null if there is, or none is asked for.</summary>
    internal string? CircleRefusal => Centre is { } centre && Metres is { } metres ? Circle.Refusal(centre, metres) : null;

    /// <returns>Those of one node at this moment. The most exact thing that is said decides; the others must be so, too.</returns>
    internal IReadOnlyList<Connection> In(ConnectionRegistry here)
    {
        if (Client is { } client)
        {
            return here.Find(client) is { } one ? [one] : [];
        }

        return User is { } user ? here.OfUser(user)
            : Attribute is { } attribute && Value is { } value ? here.WithAttribute(attribute, value)
            : Centre is { } centre && Metres is { } metres ? here.Within(centre, metres)
            : Room is { } room ? here.InRoom(room)
            : [];
    }

    /// <summary>As it is at this moment; on the connection's loop that is how it stays meanwhile.</summary>
    internal bool Fits(Connection connection) =>
        (Client is null || connection.Id == Client)
        && (User is null || connection.User == User)
        && (Room is null || connection.Find(Room) is not null)
        && (Attribute is null || Value is null || connection.Session.Attributes.Has(Attribute, Value))
        && (Centre is null || Metres is not { } metres
            || (connection.Session.Place is { } place && new Circle(Centre, metres).Contains(place.Vector)));
}
