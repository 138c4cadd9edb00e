namespace Broadcast.Protocol;

/// <summary>Receive no more of a room.</summary>
internal sealed record UnsubscribeCommand(uint Id, string Room) : ClientCommand(Id);
