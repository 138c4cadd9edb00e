namespace Broadcast.Actors;

/// <summary>
/// Whether this node may order publications: a majority of the nodes answered it a short time ago, so that no other can have taken over what it owns. What it
/// handed over and others have not yet taken is bounded here too. Any thread may ask; <see cref="MajorityActor"/> alone tells it.
/// </summary>
internal sealed class Majority(AkkaOptions options, TimeProvider time)
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _lease = time.TicksOf(options.Lease);
    private long _until = long.MinValue;
    private long _handedOver;
    private long _taken;
    private volatile string _reason = "This node has not joined the cluster yet.";
    private volatile bool _hasEnded;

    /// <summary>When it may for the first time.</summary>
    public Task First => _first.Task;

    /// <summary>Why it may not order or show anything, in one sentence; null if it may.</summary>
    public string? Refusal => !_hasEnded && time.GetTimestamp() <= Volatile.Read(ref _until) ? null : _reason;

    /// <summary>Bytes handed over to other nodes since the node was started.</summary>
    public long HandedOver => Volatile.Read(ref _handedOver);

    /// <summary>Bytes handed over of which a node has not shown yet that it took them.</summary>
    public long Untaken => Math.Max(0, HandedOver - Volatile.Read(ref _taken));

    /// <summary>Whether so much has been handed over and not taken that no more may be.</summary>
    public bool IsFull => Untaken > options.MaxUntaken;

    /// <summary>Bytes were handed over.</summary>
    /// <returns>Whether it is time to ask the others whether they take it.</returns>
    public bool HandOver(long bytes)
    {
        var before = Interlocked.Add(ref _handedOver, bytes) - bytes;
        var step = options.MaxUntaken / 8;
        return before / step != (before + bytes) / step;
    }

    /// <summary>It was proved at that time.</summary>
    /// <param name="taken">What all had taken then, of <see cref="HandedOver"/>.</param>
    public void Prove(long at, long taken)
    {
        Volatile.Write(ref _taken, taken);
        Volatile.Write(ref _until, at > long.MaxValue - _lease ? long.MaxValue : at + _lease);
        if (Refusal is null)
        {
            _first.TrySetResult();
        }
    }

    /// <summary>Others have come and have not answered yet: what a node alone may for ever, it may now for as long as after a proof.</summary>
    public void NoLongerAlone(long at)
    {
        if (Volatile.Read(ref _until) == long.MaxValue)
        {
            Volatile.Write(ref _until, at + _lease);
        }
    }

    /// <summary>It is not proved now; what was proved before still holds for its time.</summary>
    public void Explain(string reason) => _reason = _hasEnded ? _reason : reason;

    /// <summary>From now on it may not: it is no member any more.</summary>
    public void End(string reason)
    {
        _reason = reason;
        _hasEnded = true;
    }
}
