namespace Broadcast.Protocol;

/// <summary>Something a room tells its subscribers that nobody published. It has no offset.</summary>
public abstract record Notice;

/// <summary>Publications that a subscriber will not get. Both ends are inclusive; their epochs differ if the history was lost between them.</summary>
/// <param name="From">The first publication that is missing.</param>
/// <param name="To">The last publication that is missing.</param>
/// <param name="Reason">One of <see cref="GapReason"/>.</param>
internal sealed record Gap(StreamPosition From, StreamPosition To, string Reason) : Notice;

/// <summary>Why publications are missing; the words are part of the protocol.</summary>
internal static class GapReason
{
    /// <summary>The subscriber was further behind than its room allows, and the room's rule is to skip.</summary>
    public const string Behind = "behind";

    /// <summary>The room's rule keeps only the newest publication for those who fall behind.</summary>
    public const string Latest = "latest";

    /// <summary>The room's rule keeps only the newest publication per key for those who fall behind.</summary>
    public const string Conflated = "conflated";

    /// <summary>The position asked for is older than what the room keeps.</summary>
    public const string Expired = "expired";

    /// <summary>The room's history was lost and begins anew with another epoch.</summary>
    public const string Epoch = "epoch";

    /// <summary>The position asked for is newer than anything the room has.</summary>
    public const string Ahead = "ahead";
}

/// <summary>A source of the room ended (<paramref name="Reason"/> is null) or failed for good.</summary>
internal sealed record SourceStopped(string Source, string? Reason) : Notice;

/// <summary>A member came.</summary>
/// <param name="ConnInfo">As in <see cref="ClientInfo"/>.</param>
internal sealed record Joined(string Client, string? User, ReadOnlyMemory<byte>? ConnInfo = null) : Notice;

/// <summary>A member went.</summary>
/// <param name="ConnInfo">As in <see cref="ClientInfo"/>.</param>
internal sealed record Left(string Client, string? User, ReadOnlyMemory<byte>? ConnInfo = null) : Notice;

/// <summary>What nodes tell each other; never told to clients.</summary>
internal sealed record NodeMessage(ReadOnlyMemory<byte> Body) : Notice;
