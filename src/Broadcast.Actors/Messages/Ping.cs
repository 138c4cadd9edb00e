namespace Broadcast.Actors;

/// <summary>Asks another node whether it counts this one among those it reaches; and, since it comes after what was handed over before, whether that was taken.</summary>
internal sealed record Ping(long Number) : IWireMessage;
