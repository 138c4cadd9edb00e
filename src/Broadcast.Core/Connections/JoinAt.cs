namespace Broadcast.Core;

/// <summary>Where a subscription begins.</summary>
internal readonly record struct JoinAt
{
    /// <summary>After the newest publication.</summary>
    public static readonly JoinAt Now;

    /// <summary>Before the oldest publication kept.</summary>
    public static readonly JoinAt Start = new() { IsStart = true };

    public bool IsStart { get; private init; }

    /// <summary>
    /// Whether the client decides what a gap means: if something is missing it begins at the newest, and is told by
    /// <see cref="Subscription.Recovered"/> instead of a notice.
    /// </summary>
    public bool IsRecovery { get; private init; }

    /// <summary>Null unless <see cref="After"/> or <see cref="Recover"/> was used.</summary>
    public StreamPosition? Position { get; private init; }

    /// <summary>After a position seen before.</summary>
    public static JoinAt After(StreamPosition position) => new() { Position = position };

    /// <summary>After a position seen before, if nothing is missing; else after the newest. An empty epoch stands for the room's.</summary>
    public static JoinAt Recover(StreamPosition position) => new() { Position = position, IsRecovery = true };
}
