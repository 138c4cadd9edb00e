namespace Broadcast.Protocol;

/// <summary>Who is in a room?</summary>
internal sealed record PresenceCommand(uint Id, string Room) : ClientCommand(Id);
