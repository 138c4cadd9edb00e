namespace Broadcast.Protocol;

/// <summary>How many are in a room?</summary>
internal sealed record PresenceStatsCommand(uint Id, string Room) : ClientCommand(Id);
