namespace Broadcast.Core;

/// <summary>Where a subscription begins.</summary>
public readonly record struct JoinAt
{
    /// <summary>After the newest publication.</summary>
    public static readonly JoinAt Now;

    /// <summary>Before the oldest publication kept.</summary>
    public static readonly JoinAt Start = new() { IsStart = true };

    public bool IsStart { get; private init; }

    /// <summary>Null unless <see cref="After"/> was used.</summary>
    public StreamPosition? Position { get; private init; }

    /// <summary>After a position seen before.</summary>
    public static JoinAt After(StreamPosition position) => new() { Position = position };
}
