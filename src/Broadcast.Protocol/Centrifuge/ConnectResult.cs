namespace Broadcast.Protocol;

/// <summary>What a client is told when it is let in.</summary>
/// <param name="Client">The connection's id.</param>
internal sealed record ConnectResult(string Client)
{
    /// <summary>The server's.</summary>
    public string Version { get; init; } = "";

    /// <summary>The seconds after which the client has to refresh its token; 0 if it never has to.</summary>
    public uint Ttl { get; init; }

    /// <summary>The seconds between two pings of the server; 0 for none.</summary>
    public uint Ping { get; init; }

    /// <summary>The server wants its pings answered.</summary>
    public bool Pong { get; init; }

    /// <summary>One JSON value of the application.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>Rooms the server subscribed the client to.</summary>
    public IReadOnlyDictionary<string, SubscribeResult> Subs { get; init; } = new Dictionary<string, SubscribeResult>();

    /// <summary>By which a client that sends over <c>/emulation</c> names its connection; else empty.</summary>
    public string Session { get; init; } = "";

    /// <summary>The node that <see cref="Session"/> is on; else empty.</summary>
    public string Node { get; init; } = "";
}
