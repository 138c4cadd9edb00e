using Akka.Streams;

namespace Broadcast.Actors;

/// <summary>
/// Finds out from when on a stream gets what a hub publishes: a BroadcastHub does not say when it has taken a new consumer in. The mark goes
/// through the hub, past all others, and comes to the stream if that was taken in; if the hub has published it and it did not come, it is sent
/// again, later each time. Touched by that stream only, but for what says otherwise.
/// </summary>
internal sealed class Mark(Intake hub, TaskCompletionSource joined)
{
    /// <summary>How long a mark that did not come waits before it is sent again: twice as long each time, up to a bound.</summary>
    internal static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromSeconds(1);

    private Action _published = () => { };
    private IMaterializer? _materializer;
    private TimeSpan _pause = ShortestPause;
    private volatile bool _seen;
    private int _announcing;

    /// <param name="materializer">The stream's.</param>
    /// <param name="published">Makes the stream call <see cref="Again"/>, from whatever thread.</param>
    public void Begin(IMaterializer materializer, Action published)
    {
        (_materializer, _published) = (materializer, published);

        // What tells the hub of the new consumer waits in the thread pool when a stream begins. Behind it, mostly one mark is enough.
        ThreadPool.UnsafeQueueUserWorkItem(static mark => mark.Announce(), this, preferLocal: false);
    }

    /// <summary>The hub has published it. Its stream calls it.</summary>
    public void Published() => _published();

    /// <summary>
    /// Not at once: hub and marks would keep a core to themselves, taking turns, while what tells the hub of the new consumer waits for that core.
    /// </summary>
    public void Again()
    {
        if (!_seen)
        {
            _materializer!.ScheduleOnce(_pause, Announce);
            _pause = _pause < LongestPause / 2 ? _pause * 2 : LongestPause;
        }
    }

    /// <summary>A mark came out of the hub, maybe another's.</summary>
    public void See(Mark mark)
    {
        if (mark == this)
        {
            _seen = true;
            Interlocked.MemoryBarrier();
            JoinIfDone();
        }
    }

    /// <summary>Any thread. Whoever is told that the stream has joined finds no mark of it on its way any more.</summary>
    private void Announce()
    {
        Interlocked.Increment(ref _announcing);
        if (!_seen)
        {
            hub.Announce(this);
        }

        Interlocked.Decrement(ref _announcing);
        JoinIfDone();
    }

    private void JoinIfDone()
    {
        if (_seen && Volatile.Read(ref _announcing) == 0)
        {
            joined.TrySetResult();
        }
    }
}
