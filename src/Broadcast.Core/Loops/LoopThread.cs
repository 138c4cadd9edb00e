namespace Broadcast.Core;

/// <summary>Runs an event loop on a thread of its own, and lets it sleep while there is nothing to do. Whoever starts it stops it.</summary>
internal sealed class LoopThread : IDisposable
{
    private readonly SemaphoreSlim _work = new(0);
    private readonly Thread _thread;
    private readonly TurnsInPlace _inPlace;
    private int _signalled;
    private volatile bool _stopping;
    private volatile bool _hasEnded;

    public LoopThread(int index, Hub hub)
    {
        Loop = new EventLoop(index, hub, WakeUnlessHeld);
        _inPlace = new TurnsInPlace(Loop, Loop.Turn);
        _thread = new Thread(Work) { Name = $"broadcast loop {index}", IsBackground = true };
        _thread.Start();
    }

    public EventLoop Loop { get; }

    /// <summary>Waits for the turn under way. What is posted later is done by whoever posts it, so that nobody waits for an answer in vain.</summary>
    public void Dispose()
    {
        _stopping = true;
        Wake();
        _thread.Join();
        _hasEnded = true;
        Interlocked.MemoryBarrier();
        _inPlace.Turn();
    }

    internal void Wake()
    {
        // One signal is enough for any number of posts before the next turn.
        if (Interlocked.Exchange(ref _signalled, 1) == 0)
        {
            _work.Release();
        }

        if (_hasEnded)
        {
            _inPlace.Turn();
        }
    }

    private void WakeUnlessHeld()
    {
        if (!WakeHold.Takes(this))
        {
            Wake();
        }
    }

    private void Work()
    {
        while (!_stopping)
        {
            _work.Wait();
            Interlocked.Exchange(ref _signalled, 0);
            while (!_stopping && Loop.Turn())
            {
                // On a busy core whoever has something to publish would wait for the whole of a large round.
                Thread.Yield();
            }
        }
    }
}
