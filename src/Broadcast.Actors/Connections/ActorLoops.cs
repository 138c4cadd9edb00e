using System.Collections.Concurrent;

namespace Broadcast.Actors;

/// <summary>An event loop for each client, which the client's actor runs. They hear of news through a tree of hubs for each room. Any thread.</summary>
internal sealed class ActorLoops : SupervisedLoops
{
    private readonly ConcurrentDictionary<string, ActorLoop> _loops = new(StringComparer.Ordinal);
    private volatile bool _isDetached;
    private int _made;
    private int _joining;

    internal override IReadOnlyList<EventLoop> All => [.. _loops.Select(l => l.Value.Loop)];

    /// <summary>Subscriptions whose room's tree is not yet sure to reach them; they look at the room's log once more when it is.</summary>
    internal int Joining => Volatile.Read(ref _joining);

    internal override EventLoop LoopFor(string client)
    {
        var loop = new ActorLoop(Interlocked.Increment(ref _made), Hub);
        _loops[client] = loop;
        if (_isDetached)
        {
            loop.End();
        }

        return loop.Loop;
    }

    internal override IRoomNews NewsOf(Room room) => new RoomNews(room, this);

    internal override async ValueTask StopAsync()
    {
        if (Materializer is null)
        {
            Detached();
        }

        await Task.WhenAll(All.Select(loop => loop.PostAsync(() => loop.AbortAll(Disconnect.Shutdown))));
    }

    internal void CountJoining(int more) => Interlocked.Add(ref _joining, more);

    private protected override ActorLoop? LoopOf(string client) => _loops.GetValueOrDefault(client);

    private protected override void Attached() => _isDetached = false;

    /// <summary>Those that had no actor yet would never be turned.</summary>
    private protected override void Detached()
    {
        _isDetached = true;
        Interlocked.MemoryBarrier();
        foreach (var (_, loop) in _loops)
        {
            loop.End();
        }
    }

    private protected override void Went(string client) => _loops.TryRemove(client, out _);
}
