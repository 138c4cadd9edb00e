namespace Broadcast.Actors;

/// <summary>The topic reaches its sender, who need not be told by the owner itself any more.</summary>
internal sealed record Heard(string Room) : IOwnerMessage;
