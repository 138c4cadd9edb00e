namespace Broadcast.Core;

/// <summary>
/// A part of a room's history. If the query's epoch is not the history's, the page starts at the oldest kept (in reverse at the newest):
/// compare <see cref="Top"/>. If what followed <c>Since</c> is no longer kept, the first offset shows it.
/// </summary>
/// <param name="Publications">All of the epoch of <paramref name="Top"/>, without holes.</param>
/// <param name="Top">The newest position of the room at the time of reading.</param>
public sealed record HistoryPage(IReadOnlyList<StoredPublication> Publications, StreamPosition Top);
