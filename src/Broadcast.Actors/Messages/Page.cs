namespace Broadcast.Actors;

/// <summary>A part of a history.</summary>
/// <param name="IsCut">There is more that was asked for; it did not fit into one message.</param>
internal sealed record Page(StreamPosition Top, IReadOnlyList<PageItem> Items, bool IsCut) : IWireMessage;
