namespace Broadcast.Protocol;

/// <summary>Why the node ends one subscription while the connection goes on; codes are those of the Centrifuge protocol.</summary>
/// <param name="Code">From 2500 on, the client subscribes again by itself.</param>
internal sealed record UnsubscribeReason(uint Code, string Reason)
{
    public static readonly UnsubscribeReason Server = new(2000, "server unsubscribe");

    /// <summary>The client comes back with its position and recovers.</summary>
    public static readonly UnsubscribeReason InsufficientState = new(2500, "insufficient state");

    public static readonly UnsubscribeReason Expired = new(2501, "subscription expired");

    /// <summary>The client comes back without its token and its position.</summary>
    public static readonly UnsubscribeReason StateInvalidated = new(2502, "state invalidated");
}
