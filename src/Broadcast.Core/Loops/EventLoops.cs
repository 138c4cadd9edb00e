namespace Broadcast.Core;

/// <summary>The event loops of a node: which of them a client gets, and who turns them. Belongs to one hub. Any thread may call it.</summary>
internal abstract class EventLoops
{
    private protected EventLoops()
    {
    }

    /// <summary>Those there are now.</summary>
    internal abstract IReadOnlyList<EventLoop> All { get; }

    /// <summary>Before anything else, while its hub is being made.</summary>
    internal abstract void Start(Hub hub);

    /// <summary>Gives the loop for a client that comes in.</summary>
    /// <param name="client">Its id; no other has it.</param>
    internal abstract EventLoop LoopFor(string client);

    /// <returns>Null if a room tells its members' loops one by one.</returns>
    internal virtual IRoomNews? NewsOf(Room room) => null;

    /// <summary>The hub goes: resets the clients there still are, since requests wait for them. What is posted later is done all the same.</summary>
    internal abstract ValueTask StopAsync();
}
