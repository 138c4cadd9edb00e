namespace Broadcast.Gateway;

/// <summary>
/// The reply to <c>connect</c> while the rooms that the server subscribes the client to are opening. Nothing of them is sent before it.
/// Touched by the connection's loop.
/// </summary>
internal sealed class ConnectAnswer(uint id, ConnectResult result, int rooms)
{
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, SubscribeResult> _subs = new(StringComparer.Ordinal);
    private readonly List<Subscription> _held = [];

    /// <summary>Ends when the client was told. Any thread may wait for it.</summary>
    public Task Sent => _sent.Task;

    /// <summary>Takes in a room that has opened, and holds it.</summary>
    public void Add(Subscription subscription, SubscribeResult sub)
    {
        subscription.Pause();
        _held.Add(subscription);
        _subs[subscription.Room.Name] = sub;
    }

    /// <summary>Answers if every room has opened.</summary>
    public void SendIfComplete(Connection connection)
    {
        if (_held.Count < rooms)
        {
            return;
        }

        connection.Reply(text => Replies.WriteConnect(text, id, result with { Subs = _subs }));
        _held.ForEach(s => s.Resume());
        connection.Greeted();
        _sent.TrySetResult();
    }
}
