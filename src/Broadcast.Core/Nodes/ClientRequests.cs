namespace Broadcast.Core;

internal sealed record UserRequest(string User);

/// <param name="Letter">By what it would be known in the user's mailbox.</param>
internal sealed record LetterRequest(string User, string Letter);

/// <param name="IsComing">The user comes to the node that asks.</param>
internal sealed record StageRequest(string User, bool IsComing);

internal sealed record DisconnectRequest(ClientTarget Target, Disconnect Reason);

internal sealed record UnsubscribeRequest(ClientTarget Target, string Room, UnsubscribeReason Reason);

/// <param name="KeptAs">By what it will be known in the user's mailbox, if nobody has it; null if it is not kept.</param>
internal sealed record SendRequest(ClientTarget Target, ContentKind Kind, ReadOnlyMemory<byte> Data, string? KeptAs = null);

internal sealed record StatusRequest(string Client);

/// <param name="Subscriptions">Null if the client is not on this node.</param>
internal sealed record StatusAnswer(IReadOnlyList<SubscriptionStatus>? Subscriptions);

/// <param name="Room">Empty for the only one the client has.</param>
/// <param name="Resume">Whether it goes on, instead of being paused.</param>
internal sealed record PauseRequest(string Client, string Room, bool Resume);

internal sealed record JoinRequest(ClientTarget Target, string Room);

internal sealed record AudienceRequest(Audience Audience, ContentKind Kind, ReadOnlyMemory<byte> Data);

/// <param name="Before">Stands before the parts that a client is told; between them are commas.</param>
/// <param name="After">Stands behind them.</param>
internal sealed record PartsRequest(IReadOnlyList<AudiencePart> Parts, string Before, string After);

internal sealed record AttributesRequest(ClientTarget Target, SessionAttributes Attributes);
