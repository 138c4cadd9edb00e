using System.Security.Claims;

namespace Broadcast.Core;

/// <summary>
/// What is known of a connection beyond its rooms: who it is, and what the application says of it. Immutable; it is replaced as a whole, and whoever reads
/// it reads a whole one. When it was last active is the connection's to say, since that changes with every frame.
/// </summary>
public sealed record Session
{
    /// <summary>Of all connections of which nothing is known.</summary>
    public static readonly Session Empty = new();

    private static readonly ClaimsPrincipal s_nobody = new(new ClaimsIdentity());

    /// <summary>Who the client proved to be; null for everybody else.</summary>
    public string? User { get; internal init; }

    /// <summary>What was proved of the client, made when it is first asked for; not authenticated if that is nothing.</summary>
    public ClaimsPrincipal Principal => Proof?.Value ?? s_nobody;

    /// <summary>What the application knows; see <see cref="SessionOptions"/> for its bounds.</summary>
    public SessionAttributes Attributes { get; init; } = SessionAttributes.Empty;

    /// <summary>Where the client is, if the application knows.</summary>
    public Location? Location { get; init; }

    internal Lazy<ClaimsPrincipal>? Proof { get; init; }

    /// <summary>Which of the predicates of <see cref="Audiences"/> hold, each a bit.</summary>
    internal ulong Tags { get; init; }

    /// <summary>By rule of <see cref="Views"/> the key of the view it gets, null for one that shows nothing; never changed.</summary>
    internal string?[] ViewKeys { get; init; } = [];

    /// <summary>Of a location; null for none.</summary>
    internal Place? Place { get; init; }

    /// <summary>Of who proved to be a user, or proved nothing.</summary>
    internal static Session Of(string? user, Lazy<ClaimsPrincipal>? proof) =>
        string.IsNullOrEmpty(user) && proof is null ? Empty : new Session { User = string.IsNullOrEmpty(user) ? null : user, Proof = proof };

    /// <returns>The same with one more attribute, or another value for its name.</returns>
    public Session With(string name, AttributeValue value) => this with { Attributes = Attributes.Set(name, value) };

    /// <returns>The same without an attribute.</returns>
    public Session Without(string name) => this with { Attributes = Attributes.Remove(name) };
}
