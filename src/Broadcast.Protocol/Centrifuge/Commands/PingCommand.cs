namespace Broadcast.Protocol;

/// <summary>A ping of the client, which servers do not answer but with an error.</summary>
internal sealed record PingCommand(uint Id) : ClientCommand(Id);
