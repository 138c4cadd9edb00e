using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Broadcast.Protocol;

/// <summary>
/// Whom a publication or a message is meant for; nobody else is shown it, on any path. One thing decides who belongs to it, and one connection may be left out
/// all the same. Immutable; it travels with the publication, and is compared with each connection's session as that is then.
/// </summary>
[JsonConverter(typeof(AudienceConverter))]
public sealed class Audience
{
    /// <summary>Users one audience may name; who means more gives them an attribute.</summary>
    public const int MaxUsers = 1_000;

    /// <summary>Bytes in UTF-8 of a connection's id, a user, a role, an attribute's name or a pool.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>Bytes in UTF-8 of all that an audience names together.</summary>
    public const int MaxBytes = 16 << 10;

    /// <summary>The attribute that names the roles of a session.</summary>
    public const string RolesAttribute = "roles";

    /// <summary>The attribute that names the pool, or the pools, of a session.</summary>
    public const string PoolAttribute = "pool";

    /// <summary>For what turned out to be meant for no one.</summary>
    public static readonly Audience Nobody = new(AudienceKind.Nobody);

    /// <summary>All who proved to be some user.</summary>
    public static readonly Audience SignedIn = new(AudienceKind.SignedIn);

    private static readonly Audience s_everybody = new(AudienceKind.Everybody);

    private byte[]? _json;

    private Audience(AudienceKind kind) => Kind = kind;

    /// <summary>The connection that is left out; null for none.</summary>
    public string? Excluded { get; private init; }

    internal AudienceKind Kind { get; }

    /// <summary>The connection, user, role, attribute or predicate; empty for the others.</summary>
    internal string Name { get; private init; } = "";

    /// <summary>Of <see cref="AudienceKind.Users"/>.</summary>
    internal FrozenSet<string> Names { get; private init; } = FrozenSet<string>.Empty;

    /// <summary>Of a role, and of an attribute.</summary>
    internal AttributeValue? Value { get; private init; }

    /// <summary>Of <see cref="AudienceKind.Within"/>.</summary>
    internal Circle? Circle { get; private init; }

    /// <summary>Its form as JSON, made once.</summary>
    internal ReadOnlyMemory<byte> Json => _json ??= JsonSerializer.SerializeToUtf8Bytes(this, AudienceJsonContext.Default.Audience);

    /// <summary>What it is counted with against bounds in bytes.</summary>
    internal int Cost => 128 + (2 * (Name.Length + (Excluded?.Length ?? 0))) + (Value?.Bytes ?? 0) + Names.Sum(n => 48 + (2 * n.Length));

    /// <summary>One connection.</summary>
    /// <param name="id">The client's id, as it and others see it.</param>
    public static Audience Connection(string id) => Checked(NameRefusal("connection's id", id), new(AudienceKind.Connection) { Name = id });

    /// <summary>All connections of a user.</summary>
    public static Audience User(string user) => Checked(NameRefusal("user", user), new(AudienceKind.User) { Name = user });

    /// <summary>All connections of several users; of none, it is <see cref="Nobody"/>.</summary>
    /// <exception cref="ArgumentException">There are more than <see cref="MaxUsers"/>, or one is empty or too long; the message is one sentence.</exception>
    public static Audience Users(params IEnumerable<string> users)
    {
        ArgumentNullException.ThrowIfNull(users);
        var names = users.ToFrozenSet(StringComparer.Ordinal);
        var bytes = names.Sum(Encoding.UTF8.GetByteCount);
        var refusal = names.Count > MaxUsers ? $"An audience names at most {MaxUsers} users; this one has {names.Count}."
            : names.Select(n => NameRefusal("user", n)).FirstOrDefault(r => r is not null)
            ?? (bytes > MaxBytes ? $"The users of an audience have at most {MaxBytes} bytes together; these have {bytes}." : null);
        return Checked(refusal, names.Count == 0 ? Nobody : new(AudienceKind.Users) { Names = names });
    }

    /// <summary>Those whose attribute <c>roles</c> is this role, or a list with it, and who are signed in: nobody else has a role.</summary>
    public static Audience Role(string role) =>
        Checked(NameRefusal("role", role), new(AudienceKind.Role) { Name = RolesAttribute, Value = role });

    /// <summary>Those whose attribute is this value, or a list with it.</summary>
    public static Audience Attribute(string name, AttributeValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var refusal = NameRefusal("attribute's name", name)
            ?? (value.Bytes > MaxBytes ? $"An attribute of an audience has at most {MaxBytes} bytes; this one has {value.Bytes}." : null);
        return Checked(refusal, new(AudienceKind.Attribute) { Name = name, Value = value });
    }

    /// <summary>Those whose attribute <c>pool</c> is this one, or a list with it.</summary>
    public static Audience Pool(string pool) => Checked(NameRefusal("pool", pool), new(AudienceKind.Attribute) { Name = PoolAttribute, Value = pool });

    /// <summary>Those of whom a predicate is true that the application has named before it started. Publishing refuses names that there are not.</summary>
    public static Audience Named(string predicate) => Checked(PredicateRefusal(predicate), new(AudienceKind.Named) { Name = predicate });

    /// <summary>Those whose location is known and that near, along the great circle; exactly at the radius is inside.</summary>
    /// <exception cref="ArgumentException">There is no such place, or the radius is not positive; the message is one sentence.</exception>
    public static Audience Within(Location centre, double metres)
    {
        ArgumentNullException.ThrowIfNull(centre);
        var refusal = Circle.Refusal(centre, metres);
        return Checked(refusal, refusal is null ? new(AudienceKind.Within) { Circle = new Circle(centre, metres) } : Nobody);
    }

    /// <summary>Everybody but one connection, as a rule the sender's.</summary>
    public static Audience AllBut(string connection) => s_everybody.Except(connection);

    /// <summary>The same without one connection.</summary>
    public Audience Except(string connection) => Checked(NameRefusal("connection's id", connection), new(Kind)
    {
        Name = Name,
        Names = Names,
        Value = Value,
        Circle = Circle,
        Excluded = connection,
    });

    /// <summary>As JSON, as back ends write it.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Json.Span);

    /// <returns>Null, or why there is no predicate of that name, in one sentence.</returns>
    internal static string? PredicateRefusal(string? name)
    {
        var bytes = Encoding.UTF8.GetByteCount(name ?? "");
        return bytes is 0 or > MethodName.MaxBytes ? $"The name of a predicate has 1 to {MethodName.MaxBytes} bytes; this one has {bytes}." : null;
    }

    private static string? NameRefusal(string what, string? name)
    {
        var bytes = Encoding.UTF8.GetByteCount(name ?? "");
        return bytes is 0 or > MaxNameBytes ? $"The {what} of an audience has 1 to {MaxNameBytes} bytes; this one has {bytes}." : null;
    }

    private static Audience Checked(string? refusal, Audience audience) => refusal is null ? audience : throw new ArgumentException(refusal);
}
