using System.Security.Claims;

namespace Broadcast.Gateway;

/// <summary>Who sent a request, as far as it was proved. Immutable; any thread may read it.</summary>
internal sealed class Caller
{
    private ClaimsPrincipal? _principal;

    /// <summary>The token's <c>sub</c>, or what ASP.NET authentication says; null for everybody else.</summary>
    public string? User { get; init; }

    /// <summary>What a token says of its user for others to see, as JSON.</summary>
    public ReadOnlyMemory<byte>? Info { get; init; }

    /// <summary>All that a token says, as JSON.</summary>
    public ReadOnlyMemory<byte>? Claims { get; init; }

    /// <summary>The caller as ASP.NET authorisation knows callers; of a token, made when it is first asked for. Not authenticated if nothing was proved.</summary>
    public ClaimsPrincipal Principal
    {
        get => _principal ??= Claims is { } claims ? TokenPrincipal.Of(claims) : new ClaimsPrincipal(new ClaimsIdentity());
        init => _principal = value;
    }

    /// <summary>What a token's <c>channels</c> name: rooms, or prefixes that end in <c>*</c>.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>When the proof is no longer good. Clocks may differ, so that it is taken until <see cref="Ends"/>.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>By a token, or by ASP.NET authentication.</summary>
    public bool IsSignedIn { get; init; }

    /// <summary>A back end that has one of the node's keys.</summary>
    public bool IsApiKey { get; init; }

    /// <summary>From this machine itself; see <see cref="Loopback"/>.</summary>
    public bool IsLoopback { get; init; }

    /// <summary>As a session that no connection has.</summary>
    public Session Session => Session.Of(User, Proof);

    /// <summary>When what the caller opened ends.</summary>
    public DateTimeOffset? Ends => Expires is { } at ? at + Tokens.ClockSkew : null;

    private Lazy<ClaimsPrincipal>? Proof => IsSignedIn ? new Lazy<ClaimsPrincipal>(() => Principal) : null;

    /// <summary>What the caller proved is known of its connection from now on. Before that is in any room, since what it is shown there may depend on it.</summary>
    public void ProveTo(Connection connection)
    {
        if (Proof is { } proof)
        {
            connection.Prove(proof);
        }
    }

    /// <summary>Whether the caller's token names the room.</summary>
    public bool IsGranted(string room)
    {
        foreach (var pattern in Rooms)
        {
            if (RoomPattern.Matches(pattern, room))
            {
                return true;
            }
        }

        return false;
    }
}
