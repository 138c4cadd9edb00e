namespace Broadcast.Protocol;

/// <summary>Who is in a room?</summary>
public sealed record PresenceCommand(uint Id, string Room) : ClientCommand(Id);
