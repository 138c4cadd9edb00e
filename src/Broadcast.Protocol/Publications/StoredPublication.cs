namespace Broadcast.Protocol;

/// <summary>A publication with its place in the history.</summary>
public readonly record struct StoredPublication(ulong Offset, Publication Publication);
