using Akka.Streams;

namespace Broadcast.Actors;

/// <summary>Who takes what a tree of hubs is fed. Any thread may touch it.</summary>
internal sealed class HubConsumer
{
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _leave;
    private UniqueKillSwitch? _switch;
    private long _lost;
    private int _hasLeft;

    /// <param name="fed">Completes when its hub gets all that the tree is fed.</param>
    /// <param name="leave">Gives its place back; called once.</param>
    public HubConsumer(Task fed, Action leave)
    {
        _leave = leave;
        Attached = Task.WhenAll(fed, _joined.Task);
    }

    /// <summary>Completes when it is sure to get what is offered from then on (it may have got some from before), or has left.</summary>
    public Task Attached { get; }

    /// <summary>Completes when it gets nothing any more: it was detached, its sink has ended, or the tree has and it took all that was left. Never fails.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Elements it did not get, because it took others too slowly.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    internal TaskCompletionSource Joined => _joined;

    /// <summary>It gets nothing more, also of what waits in its buffer; its sink completes. May be called more than once.</summary>
    public void Detach() => Volatile.Read(ref _switch)?.Shutdown();

    /// <summary>Called once, before anybody else has it.</summary>
    internal void Run(UniqueKillSwitch @switch) => Volatile.Write(ref _switch, @switch);

    internal void Lose() => Interlocked.Increment(ref _lost);

    /// <summary>May be called more than once.</summary>
    internal void End()
    {
        if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
        {
            _leave();
            _joined.TrySetResult();
            _ended.TrySetResult();
        }
    }
}
