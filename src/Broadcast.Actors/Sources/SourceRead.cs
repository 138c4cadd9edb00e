namespace Broadcast.Actors;

/// <summary>What came of asking a source for its next item.</summary>
/// <param name="Item">Null: it has ended, or failed.</param>
/// <param name="Failure">Why it failed; else null.</param>
internal sealed record SourceRead(Publication? Item, Exception? Failure);
