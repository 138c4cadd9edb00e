namespace Broadcast.Actors;

/// <summary>What comes after this position is handed over.</summary>
internal sealed record Listening(StreamPosition Top) : IWireMessage;
