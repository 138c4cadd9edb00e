namespace Broadcast.Actors;

/// <summary>A few event loops on threads of their own write to the clients, as without actors; a client's actor has the control side only.</summary>
internal sealed class ControlledLoops(HubOptions options) : SupervisedLoops
{
    private readonly SharedLoops _loops = new(options);

    internal override IReadOnlyList<EventLoop> All => _loops.All;

    internal override void Start(Hub hub)
    {
        _loops.Start(hub);
        base.Start(hub);
    }

    internal override EventLoop LoopFor(string client) => _loops.LoopFor(client);

    internal override ValueTask StopAsync() => _loops.StopAsync();
}
