namespace Broadcast.Actors;

/// <summary>A publication with its offset, or a notice.</summary>
internal readonly record struct HandedItem(ulong Offset, Payload? Payload, Notice? Notice);
