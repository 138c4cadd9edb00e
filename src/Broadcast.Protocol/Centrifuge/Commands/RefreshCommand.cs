namespace Broadcast.Protocol;

/// <summary>A newer token for the connection.</summary>
public sealed record RefreshCommand(uint Id, string Token) : ClientCommand(Id);
