namespace Broadcast.Core;

/// <summary>What waits in a paced broadcaster, as its filter and its function see it when its turn has come.</summary>
/// <param name="Room">Where it is published; null if it is a function.</param>
/// <param name="Key">What it is the newest value of; null if it is one of its own.</param>
/// <param name="EnqueuedAt">When it was enqueued, however long it waited.</param>
public sealed record PacedItem(string? Room, string? Key, DateTimeOffset EnqueuedAt);
