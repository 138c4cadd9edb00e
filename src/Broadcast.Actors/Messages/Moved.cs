namespace Broadcast.Actors;

/// <summary>The owner of a room stops; another one begins a new epoch when it is asked.</summary>
internal sealed record Moved(string Room) : IWireMessage;
