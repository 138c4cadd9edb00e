namespace Broadcast.Redis;

/// <summary>
/// Hand-overs of one server that wait for their rooms, bounded: the client library's own queue is not, so it is emptied into this one at once. One
/// worker gives them out, in order; what has come together is given out together, so that event loops are woken once. Any thread may add.
/// </summary>
/// <param name="lost">Called when something was dropped and the worker has come to the end.</param>
internal sealed class Inbound(RedisOptions options, Counts counts, Action lost, Action<string> unreadable, Action<string, Exception> fault) : IThreadPoolWorkItem
{
    /// <summary>How many are given out before event loops are woken.</summary>
    private const int MaxBatch = 256;

    private readonly Lock _gate = new();
    private readonly List<(Listening Listening, byte[] Message)> _batch = [];
    private Queue<(Listening Listening, byte[] Message)> _waiting = new();
    private long _bytes;
    private bool _working;
    private bool _lost;

    public void Add(Listening listening, byte[] message)
    {
        lock (_gate)
        {
            // One that alone is more than may wait is taken when nothing waits.
            if (_waiting.Count >= options.MaxWaiting || (_waiting.Count > 0 && _bytes + message.Length > options.MaxWaitingBytes))
            {
                _lost = true;
                counts.Dropped.Add(1);
                return;
            }

            _waiting.Enqueue((listening, message));
            _bytes += message.Length;
            if (_working)
            {
                return;
            }

            _working = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (TryTake())
        {
            using (WakeHold.Begin())
            {
                foreach (var (listening, message) in _batch)
                {
                    Give(listening, message);
                }
            }

            _batch.Clear();
        }
    }

    private void Give(Listening listening, byte[] message)
    {
        try
        {
            if (!Handed.TryGive(message, listening))
            {
                counts.Unreadable.Add(1);
                unreadable(listening.Room);
            }
        }
        catch (Exception e)
        {
            // Rooms do not throw; but on this thread it would be the end of the process.
            fault(listening.Room, e);
        }
    }

    private bool TryTake()
    {
        bool tell;
        lock (_gate)
        {
            while (_batch.Count < MaxBatch && _waiting.TryDequeue(out var next))
            {
                _batch.Add(next);
                _bytes -= next.Message.Length;
            }

            if (_batch.Count > 0)
            {
                return true;
            }

            (_working, tell, _lost) = (false, _lost, false);
            if (_waiting.Capacity > MaxBatch)
            {
                _waiting = new();
            }
        }

        if (tell)
        {
            lost();
        }

        return false;
    }
}
