namespace Broadcast.Actors;

/// <param name="Consumer">Null if the room has no source of that name, or it has ended.</param>
internal sealed record SourceTapped(HubConsumer? Consumer);
