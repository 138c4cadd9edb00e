namespace Broadcast.Gateway;

/// <summary>What a subscription was asked for with. Kept with it.</summary>
/// <param name="Connect">For a room that the server subscribes the client to when it connects; else null.</param>
/// <param name="Recoverable">Whether the client may come back with a position.</param>
internal sealed record SubscribeRequest(SubscribeCommand Command, bool Recoverable, ConnectAnswer? Connect = null)
{
    private TaskCompletionSource? _answered;

    /// <summary>The client did not ask for it, and is told by a push.</summary>
    public bool IsPushed { get; init; }

    /// <summary>On the loop: the client was told whether it is in the room.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>On the loop. Ends when the client was told whether it is in the room; any thread may wait for it.</summary>
    public Task AnsweredAsync() =>
        IsAnswered ? Task.CompletedTask : (_answered ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public bool RejectsUnrecovered => Command.Recover && (Command.Flag & SubscribeCommand.RejectUnrecovered) != 0;

    public void SetAnswered()
    {
        IsAnswered = true;
        _answered?.TrySetResult();
    }

    public SubscribeResult ResultOf(Subscription subscription) => new()
    {
        Position = subscription.Position,
        Positioned = Recoverable,
        Recoverable = Recoverable,
        WasRecovering = Command.Recover,
        Recovered = subscription.Recovered == true,
    };
}
