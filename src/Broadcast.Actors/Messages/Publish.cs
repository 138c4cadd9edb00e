namespace Broadcast.Actors;

/// <summary>Answered by <see cref="Published"/> or <see cref="Refused"/>.</summary>
internal sealed record Publish(string Room, Payload Payload, string? Key) : IOwnerMessage;
