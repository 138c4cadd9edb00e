namespace Broadcast.Actors;

/// <summary>The publication is ordered and stored.</summary>
internal sealed record Published(StreamPosition Position) : IWireMessage;
