namespace Broadcast.Protocol;

/// <summary>A message for the application, which is not replied to. It may come without an id.</summary>
/// <param name="Data">One JSON value.</param>
internal sealed record SendCommand(uint Id, ReadOnlyMemory<byte>? Data) : ClientCommand(Id);
