namespace Broadcast.Actors;

/// <summary>A notice for the members of a room, after what its caller published before. Answered by <see cref="Notified"/> or <see cref="Refused"/>.</summary>
internal sealed record Notify(string Room, Notice Notice) : IOwnerMessage;
