namespace Broadcast.Protocol;

/// <summary>
/// What a client of the Centrifuge protocol asks for. A field that was not given has its zero, as in proto3: "", 0 or false; only
/// payloads and positions that were not given are null. Names and limits are not checked yet.
/// </summary>
/// <param name="Id">Given by the client to find the reply; 0 only where none is expected.</param>
internal abstract record ClientCommand(uint Id);
