namespace Broadcast.Gateway;

/// <summary>
/// The reply to <c>connect</c> while the rooms that the server subscribes the client to are opening. Nothing of them is sent before it.
/// Touched by the connection's loop.
/// </summary>
internal sealed class ConnectAnswer(uint id, ConnectResult result, int rooms)
{
    private readonly Dictionary<string, SubscribeResult> _subs = new(StringComparer.Ordinal);
    private readonly List<Subscription> _held = [];

    public uint Id => id;

    public bool IsComplete => _held.Count == rooms;

    public ConnectResult Result => result with { Subs = _subs };

    /// <summary>Takes in a room that has opened, and holds it.</summary>
    public void Add(Subscription subscription, SubscribeResult sub)
    {
        subscription.Pause();
        _held.Add(subscription);
        _subs[subscription.Room.Name] = sub;
    }

    public void Release() => _held.ForEach(s => s.Resume());
}
