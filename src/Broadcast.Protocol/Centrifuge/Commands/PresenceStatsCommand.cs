namespace Broadcast.Protocol;

/// <summary>How many are in a room?</summary>
public sealed record PresenceStatsCommand(uint Id, string Room) : ClientCommand(Id);
