namespace Broadcast.Gateway;

/// <summary>What a subscription was asked for with; kept with it until it is answered.</summary>
/// <param name="Connect">For a room that the server subscribes the client to when it connects; else null.</param>
/// <param name="Recoverable">Whether the client may come back with a position.</param>
internal sealed record SubscribeRequest(SubscribeCommand Command, bool Recoverable, ConnectAnswer? Connect = null)
{
    public bool RejectsUnrecovered => (Command.Flag & SubscribeCommand.RejectUnrecovered) != 0;

    public SubscribeResult ResultOf(Subscription subscription) => new()
    {
        Position = subscription.Position,
        Positioned = Recoverable,
        Recoverable = Recoverable,
        WasRecovering = Command.Recover,
        Recovered = subscription.Recovered == true,
    };
}
