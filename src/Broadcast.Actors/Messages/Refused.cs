namespace Broadcast.Actors;

/// <summary>Nothing was done; why, in one sentence.</summary>
internal sealed record Refused(string Reason) : IWireMessage;
