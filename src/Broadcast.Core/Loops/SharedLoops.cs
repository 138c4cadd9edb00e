namespace Broadcast.Core;

/// <summary>A few event loops that share all clients of a node, each on a thread of its own.</summary>
/// <param name="threads">False where a test calls the loops' turns itself.</param>
internal sealed class SharedLoops(HubOptions options, bool threads = true) : EventLoops
{
    private LoopThread[] _threads = [];
    private EventLoop[] _loops = [];
    private int _next;

    internal override IReadOnlyList<EventLoop> All => _loops;

    internal override void Start(Hub hub)
    {
        var count = options.EventLoops > 0 ? options.EventLoops : Environment.ProcessorCount;
        _threads = threads ? [.. Enumerable.Range(0, count).Select(i => new LoopThread(i, hub))] : [];
        _loops = threads ? [.. _threads.Select(t => t.Loop)] : [.. Enumerable.Range(0, count).Select(i => new EventLoop(i, hub))];
    }

    internal override EventLoop LoopFor(string client)
    {
        // Counts lag behind posts; starting elsewhere each time keeps a storm of connects even.
        var best = _loops[(uint)Interlocked.Increment(ref _next) % (uint)_loops.Length];
        foreach (var loop in _loops)
        {
            best = loop.ConnectionCount < best.ConnectionCount - 16 ? loop : best;
        }

        return best;
    }

    internal override ValueTask StopAsync()
    {
        foreach (var thread in _threads)
        {
            thread.Dispose();
            var loop = thread.Loop;
            loop.Post(new LoopAction(() => loop.AbortAll(Disconnect.Shutdown)));
        }

        return ValueTask.CompletedTask;
    }
}
