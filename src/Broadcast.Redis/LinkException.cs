namespace Broadcast.Redis;

/// <summary>This node cannot use the server as it is. The message is one sentence for an operator.</summary>
internal sealed class LinkException(string message) : Exception(message);
