namespace Broadcast.Protocol;

/// <summary>What a client is told when it is subscribed to a room.</summary>
internal sealed record SubscribeResult
{
    /// <summary>
    /// Where the client stands before <see cref="Publications"/>: the position it asked to recover from if that was done, else the room's
    /// newest. Epoch "" and offset 0 are left out.
    /// </summary>
    public StreamPosition Position { get; init; } = new("", 0);

    /// <summary>The client is told if it misses a publication.</summary>
    public bool Positioned { get; init; }

    /// <summary>The client may come back with a position.</summary>
    public bool Recoverable { get; init; }

    /// <summary>The client asked to recover.</summary>
    public bool WasRecovering { get; init; }

    /// <summary>Nothing is missing between the client's position and the last of <see cref="Publications"/>.</summary>
    public bool Recovered { get; init; }

    /// <summary>What the client missed, oldest first.</summary>
    public IReadOnlyList<StoredPublication> Publications { get; init; } = [];

    /// <summary>Every payload of this subscription, here and in pushes, is the text of its JSON in a string, so that a delta can take its place.</summary>
    public bool Delta { get; init; }

    /// <summary>One JSON value of the application.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>The seconds after which the client has to refresh the subscription's token; 0 if it never has to.</summary>
    public uint Ttl { get; init; }
}
