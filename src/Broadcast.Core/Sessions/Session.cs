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

    /// <summary>Of a caller that has no connection.</summary>
    /// <param name="proof">What was proved of it; null if that is nothing.</param>
    public static Session Of(string? user, Lazy<ClaimsPrincipal>? proof) => new() { User = user, Proof = proof };

    /// <returns>The same with one more attribute, or another value for its name.</returns>
    public Session With(string name, AttributeValue value) => this with { Attributes = Attributes.Set(name, value) };

    /// <returns>The same without an attribute.</returns>
    public Session Without(string name) => this with { Attributes = Attributes.Remove(name) };
}
