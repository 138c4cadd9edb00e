using Akka.Actor;

namespace Broadcast.Actors;

/// <summary>
/// A source whose feed is an actor: what that shows of itself, and the way to it. Any thread may look and call; the actor alone changes the state.
/// </summary>
internal sealed class ActorFeed : IFeed
{
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRef _sources;
    private FeedSnapshot _snapshot;
    private long _read;
    private int _restarts;
    private int _hasLeft;
    private volatile bool _isPaused;
    private volatile bool _isStopping;

    /// <param name="sources">Made of <see cref="SourcesActor.Props"/>.</param>
    public ActorFeed(Attachment attachment, IFeed? before, IActorRef sources)
    {
        (Attachment, _sources) = (attachment, sources);
        _snapshot = new FeedSnapshot(SourceState.Running, attachment.Hub.Time.GetUtcNow());
        sources.Tell(new StartSource(this, before));
    }

    public Attachment Attachment { get; }

    public bool IsStopping => _isStopping;

    public bool IsReplaceable => _isStopping || Snapshot.IsOver;

    public bool IsPaused => _isPaused;

    public SourceStatus Status =>
        Snapshot.ToStatus(Attachment, _isPaused, Interlocked.Read(ref _read), Volatile.Read(ref _restarts));

    public FeedSnapshot Snapshot => Volatile.Read(ref _snapshot);

    /// <summary>What its actor threw; that was a fault of ours.</summary>
    public Exception? Fault { get; private set; }

    public void Pause() => _isPaused = true;

    public void Resume()
    {
        _isPaused = false;
        _sources.Tell(new ResumeSource(this));
    }

    public Task StopAsync()
    {
        _isStopping = true;
        _sources.Tell(new StopSource(this));
        return Attachment.WaitForStopAsync(_gone.Task);
    }

    internal void Become(FeedSnapshot snapshot) => Volatile.Write(ref _snapshot, snapshot);

    /// <returns>The item's number, from 1.</returns>
    internal long CountItem() => Interlocked.Increment(ref _read);

    internal void CountRestart() => Interlocked.Increment(ref _restarts);

    /// <summary>Said by the actor while it ends, before anybody is told that it has.</summary>
    internal void Blame(Exception fault) => Fault = fault;

    /// <summary>The source gives nothing any more; operators read why.</summary>
    internal void Fail(Exception failure) => Become(Attachment.Failed(failure));

    /// <summary>
    /// Its actor has ended. If nobody wanted that, it has failed, and the members are told, which the actor cannot do any more. May be called more
    /// than once; never fails.
    /// </summary>
    /// <param name="reason">Why, if it did not blame a fault.</param>
    internal async Task LeaveAsync(string reason)
    {
        if (Interlocked.Exchange(ref _hasLeft, 1) != 0)
        {
            return;
        }

        if (Fault is not null)
        {
            Attachment.Hub.Metrics.Faults.Add(1);
        }

        if (!_isStopping && !Snapshot.IsOver)
        {
            Fail(Fault ?? new InvalidOperationException(reason));
            await Attachment.TellAsync(Snapshot.Reason, CancellationToken.None);
        }
        else if (Fault is { } fault)
        {
            SourceLog.NotClosed(Attachment.Logger, Attachment.Name, Attachment.Room, fault);
        }

        _gone.TrySetResult();
    }
}
