namespace Broadcast.Actors;

/// <summary>Answered by <see cref="Page"/> or <see cref="Refused"/>.</summary>
internal sealed record Read(string Room, HistoryQuery Query) : IOwnerMessage;
