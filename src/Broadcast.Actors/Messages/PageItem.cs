namespace Broadcast.Actors;

/// <summary>A publication of a history on its way to who reads it.</summary>
internal readonly record struct PageItem(ulong Offset, Payload Payload);
