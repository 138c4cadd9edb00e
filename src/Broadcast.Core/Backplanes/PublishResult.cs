namespace Broadcast.Core;

/// <summary>What the backplane did with a publication.</summary>
public enum PublishOutcome : byte
{
    /// <summary>Ordered and stored.</summary>
    Accepted,

    /// <summary>Nobody will receive it.</summary>
    Refused,

    /// <summary>It may arrive. Publishing again with the same idempotency key is safe.</summary>
    Unknown,
}

/// <summary>What became of a publication at the backplane.</summary>
/// <param name="Position">Where it stands; only if accepted.</param>
/// <param name="Reason">One sentence for the publisher; only if not accepted.</param>
public readonly record struct PublishResult(PublishOutcome Outcome, StreamPosition Position, string? Reason)
{
    public bool IsAccepted => Outcome == PublishOutcome.Accepted;

    public static PublishResult Accepted(StreamPosition position) => new(PublishOutcome.Accepted, position, null);

    public static PublishResult Refused(string reason) => new(PublishOutcome.Refused, default, reason);

    public static PublishResult Unknown(string reason) => new(PublishOutcome.Unknown, default, reason);
}
