namespace Broadcast.Core;

/// <summary>What a node did to put clients into a room.</summary>
/// <param name="Joined">Clients that are in the room for it, those that were there before included.</param>
/// <param name="Refused">Clients that cannot be.</param>
/// <param name="Refusal">Why, of one of them, in one sentence; else null.</param>
public sealed record JoinCount(int Joined, int Refused, string? Refusal);
