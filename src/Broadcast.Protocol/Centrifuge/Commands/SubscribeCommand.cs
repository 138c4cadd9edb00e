namespace Broadcast.Protocol;

/// <summary>Receive what is published in a room.</summary>
internal sealed record SubscribeCommand(uint Id, string Room) : ClientCommand(Id)
{
    /// <summary>The bit of <see cref="Flag"/> by which the client takes numbers for room names in pushes.</summary>
    public const long ChannelCompaction = 1;

    /// <summary>The bit of <see cref="Flag"/> by which the client wants error 112 where its position cannot be recovered.</summary>
    public const long RejectUnrecovered = 2;

    /// <summary>A JSON web token.</summary>
    public string Token { get; init; } = "";

    /// <summary>Send first what followed <see cref="Position"/>.</summary>
    public bool Recover { get; init; }

    /// <summary>The last publication the client saw; epoch "" if it knows none, which fits every epoch.</summary>
    public StreamPosition Position { get; init; } = new("", 0);

    /// <summary>The client wants to be told if it misses a publication.</summary>
    public bool Positioned { get; init; }

    /// <summary>The client wants positions to recover from.</summary>
    public bool Recoverable { get; init; }

    /// <summary>The client wants to be told who comes and goes.</summary>
    public bool JoinLeave { get; init; }

    /// <summary>Bits; those that are not known mean nothing.</summary>
    public long Flag { get; init; }

    /// <summary>One JSON value for the application.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>The kind of delta compression the client understands, such as <c>fossil</c>.</summary>
    public string Delta { get; init; } = "";

    /// <summary>0 for a stream; others are the protocol's maps (1–3) and shared polls (4).</summary>
    public int Type { get; init; }

    /// <summary>The client gave a filter of tags, which is not read here.</summary>
    public bool HasTagsFilter { get; init; }
}
