namespace Broadcast.Actors;

/// <summary>The answer to <see cref="Ping"/>: yes.</summary>
internal sealed record Pong(long Number) : IWireMessage;
