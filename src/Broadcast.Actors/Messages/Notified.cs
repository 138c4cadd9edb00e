namespace Broadcast.Actors;

/// <summary>The notice is on its way to the members.</summary>
internal sealed record Notified : IWireMessage
{
    public static readonly Notified Instance = new();
}
