namespace Broadcast.Protocol;

/// <summary>The answer to the server's ping: an empty command.</summary>
internal sealed record PongCommand() : ClientCommand(0);
