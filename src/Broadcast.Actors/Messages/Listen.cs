namespace Broadcast.Actors;

/// <summary>Sent by who listens to a room: until it says that the topic reaches it, it is handed everything by the owner itself. Answered by <see cref="Listening"/> or <see cref="Refused"/>.</summary>
internal sealed record Listen(string Room) : IOwnerMessage;
