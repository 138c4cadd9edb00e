namespace Broadcast.Core;

/// <summary>What waits in a room's inbox: a publication with its position, a notice, or (neither) the wish to compare positions.</summary>
internal readonly record struct Arrival(StreamPosition Position, Publication? Publication, Notice? Notice);
