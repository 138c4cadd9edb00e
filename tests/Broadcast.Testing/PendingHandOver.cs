namespace Broadcast.Testing;

/// <summary>A publication with its position, or a notice, on its way to the node.</summary>
public sealed record PendingHandOver(string Room, StreamPosition Position, Publication? Publication, Notice? Notice);
