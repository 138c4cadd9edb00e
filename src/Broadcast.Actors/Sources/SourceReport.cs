namespace Broadcast.Actors;

/// <param name="Status">Null if the room has no source of that name with an actor.</param>
internal sealed record SourceReport(SourceStatus? Status);
