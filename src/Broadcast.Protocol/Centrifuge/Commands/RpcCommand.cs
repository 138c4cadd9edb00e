namespace Broadcast.Protocol;

/// <summary>A question for the application.</summary>
/// <param name="Data">One JSON value.</param>
internal sealed record RpcCommand(uint Id, string Method, ReadOnlyMemory<byte>? Data) : ClientCommand(Id);
