namespace Broadcast.Actors;

/// <summary>The topic reaches its sender, who need not be told any more by the owner itself.</summary>
/// <param name="Epoch">Whose owner's topic: that of another one says nothing about this one's.</param>
internal sealed record Heard(string Room, string Epoch) : IOwnerMessage;
