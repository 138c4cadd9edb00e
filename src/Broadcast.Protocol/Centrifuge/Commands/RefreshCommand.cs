namespace Broadcast.Protocol;

/// <summary>A newer token for the connection.</summary>
internal sealed record RefreshCommand(uint Id, string Token) : ClientCommand(Id);
