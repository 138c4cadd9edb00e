using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace Broadcast.Actors;

/// <summary>
/// Feeds a room from a source, by the table "Source" in docs/architecture.md. What it reads goes into a tree of BroadcastHubs, whose first consumer
/// brings each item back here to be published; taps are others, and hold up nobody. At most one item is between source and room, so that the
/// tree's bounds never touch the room's branch. It does one thing at a time: whatever is asked of the source, the tree or the hub comes back as a
/// message before the next is asked. It stops itself when the source has ended or failed for good and the members were told, or when it is told to.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source left to itself may use the token later; the timer ends with the actor.")]
internal sealed class SourceActor : ReceiveActor
{
    /// <summary>Items that wait for a hub of the tree; a hub is at most as far behind as the scheduler is.</summary>
    private const int TreeCapacity = 16;

    private readonly CancellationTokenSource _stop = new();
    private readonly IActorRef _self;
    private readonly ActorFeed _feed;
    private readonly Attachment _attachment;
    private readonly HubTree<Publication> _tree;
    private SourceReading? _reading;
    private ITimer? _timer;
    private Action? _afterWait;
    private Action? _afterPause;
    private Publication? _item;
    private TimeSpan _retry;
    private long _number;
    private long _began;
    private int _attempt = 1;

    /// <summary>Answers that will come: one at a time, and that of the cancellation.</summary>
    private int _awaited;
    private bool _isReading;
    private bool _hasBranch;
    private bool _isStopping;
    private bool _isClosing;

    public SourceActor(ActorFeed feed, IFeed? before, IMaterializer materializer)
    {
        (_self, _feed, _attachment) = (Self, feed, feed.Attachment);
        _tree = new HubTree<Publication>(materializer, TreeCapacity);
        Receive<SourceRead>(OnRead);
        Receive<Arrived>(_ => Answered(TryPublish));
        Receive<Published>(published => Answered(() => OnPublished(published.Refusal)));
        Receive<Done>(done => Answered(done.Then));
        Receive<BranchEnded>(ended => OnBranchEnded(ended.Cause));
        Receive<WaitOver>(_ => OnWaitOver());
        Receive<ResumeSource>(_ => OnResume());
        Receive<StopSource>(_ => OnStop());
        Receive<TapSource>(Tap);
        Await(before?.StopAsync() ?? Task.CompletedTask, JoinTree);
    }

    public static Props Props(ActorFeed feed, IFeed? before, IMaterializer materializer) =>
        Akka.Actor.Props.Create(() => new SourceActor(feed, before, materializer));

    private SourceOptions Options => _attachment.Options;

    private TimeProvider Time => _attachment.Hub.Time;

    protected override bool AroundReceive(Receive receive, object message)
    {
        try
        {
            return base.AroundReceive(receive, message);
        }
        catch (Exception e)
        {
            // The supervisor stops it for that; the feed says it where it can be seen.
            _feed.Blame(e);
            throw;
        }
    }

    protected override void PostStop()
    {
        _timer?.Dispose();
        _tree.Complete();
        if (!_isClosing)
        {
            // Not by itself: it has met a fault of ours, or its supervisor ends.
            _ = AbandonAsync(_isReading ? null : _reading);
        }

        _ = _feed.LeaveAsync("The node's actors were stopped.");
    }

    /// <summary>The room's branch of the tree: it is there before anything is read.</summary>
    private void JoinTree()
    {
        var self = _self;
        var sink = Sink.ForEach<Publication>(_ => self.Tell(Arrived.Instance)).MapMaterializedValue(
            done => done.PipeTo(self, success: _ => new BranchEnded(null), failure: e => new BranchEnded(e)));
        var consumer = _tree.Attach(sink, 1);
        _hasBranch = true;
        Await(consumer.Attached, BeginReading);
    }

    private void BeginReading()
    {
        _began = Time.GetTimestamp();
        _reading = new SourceReading(_attachment, _stop.Token);
        UnlessPaused(ReadNext);
    }

    private void ReadNext()
    {
        var reading = _reading!;
        _isReading = true;
        Await(Task.Run(reading.NextAsync));
    }

    private void OnRead(SourceRead read)
    {
        _isReading = false;
        if (_isStopping && read.Failure is { } late and not OperationCanceledException)
        {
            SourceLog.NotClosed(_attachment.Logger, _attachment.Name, _attachment.Room, late);
        }

        Answered(() => Take(read));
    }

    private void Take(SourceRead read)
    {
        if (read.Failure is { } failure)
        {
            _reading = null;
            OnFailure(failure);
        }
        else if (read.Item is { } item)
        {
            _item = item;
            _number = _feed.CountItem();
            _retry = FeedWaits.FirstRetry;
            UnlessPaused(Broadcast);
        }
        else
        {
            _reading = null;
            SourceLog.Ended(_attachment.Logger, _attachment.Name, _attachment.Room, _number);
            _feed.Become(new FeedSnapshot(SourceState.Ended, Time.GetUtcNow()));
            Await(_attachment.TellAsync(null, _stop.Token), Close);
        }
    }

    private void Broadcast()
    {
        _awaited++;
        _tree.Offer(_item!);
    }

    private void TryPublish() => Await(PublishAsync(_item!, _number));

    private async Task<Published> PublishAsync(Publication item, long number)
    {
        try
        {
            return new Published(await _attachment.TryPublishAsync(item, number, _stop.Token));
        }
        catch (Exception e) when (_stop.IsCancellationRequested)
        {
            return new Published(Attachment.ReasonOf(e));
        }
    }

    private void OnPublished(string? refusal)
    {
        var isFirst = _retry == FeedWaits.FirstRetry;
        if (refusal is not null)
        {
            if (isFirst)
            {
                SourceLog.NotAccepted(_attachment.Logger, _attachment.Room, _attachment.Name, refusal);
            }

            _feed.Become(_feed.Snapshot with { Reason = refusal });
            Wait(FeedWaits.Jittered(_retry), TryPublish);
            _retry = FeedWaits.AfterRetry(_retry);
            return;
        }

        _item = null;
        _attachment.Hub.Metrics.SourceItems.Add(1);
        if (!isFirst)
        {
            SourceLog.AcceptedAgain(_attachment.Logger, _attachment.Room, _attachment.Name);
            _feed.Become(_feed.Snapshot with { Reason = null });
        }

        UnlessPaused(ReadNext);
    }

    private void OnFailure(Exception failure)
    {
        _attempt = Time.GetElapsedTime(_began) >= Options.HealthyAfter ? 1 : _attempt;
        if (_attempt > Options.MaxRestarts)
        {
            _feed.Fail(failure);
            Await(_attachment.TellAsync(_feed.Snapshot.Reason, _stop.Token), Close);
            return;
        }

        var wait = FeedWaits.BeforeRestart(Options, _attempt);
        _feed.Become(_attachment.Restarting(wait, _attempt, failure));
        _attempt++;
        Wait(wait, Restart);
    }

    private void Restart()
    {
        _feed.CountRestart();
        _feed.Become(_attachment.Restarted());
        BeginReading();
    }

    private void OnResume()
    {
        if (!_feed.IsPaused && _afterPause is { } next)
        {
            _afterPause = null;
            next();
        }
    }

    private void OnWaitOver()
    {
        _timer?.Dispose();
        var next = _afterWait;
        _afterWait = null;
        next?.Invoke();
    }

    private void OnStop()
    {
        if (_isStopping || _isClosing)
        {
            return;
        }

        _isStopping = true;
        _timer?.Dispose();
        (_afterWait, _afterPause) = (null, null);

        // On another thread: what the source registered for it is the source's own code.
        Await(Task.Run(() => _attachment.CancelAsync(_stop)), () => { });
    }

    private void Tap(TapSource tap)
    {
        try
        {
            Sender.Tell(new SourceTapped(_isClosing ? null : _tree.Attach(tap.Sink, tap.Capacity)));
        }
        catch (Exception e)
        {
            // The sink is somebody else's, and so is what it throws.
            Sender.Tell(new Status.Failure(e));
        }
    }

    /// <summary>Something that was asked for has come; while it stops, that is all there is to it.</summary>
    private void Answered(Action next)
    {
        _awaited--;
        if (!_isStopping || _isClosing)
        {
            next();
        }
        else if (_awaited == 0)
        {
            Close();
        }
    }

    /// <summary>Closes the source if that is open, and ends when the tree will bring nothing any more. Taps get what is left for them.</summary>
    private void Close()
    {
        _isClosing = true;
        Await(_reading is { } reading ? Task.Run(reading.CloseAsync) : Task.CompletedTask, CompleteTree);
    }

    private void CompleteTree()
    {
        _tree.Complete();
        if (!_hasBranch)
        {
            Context.Stop(Self);
        }
    }

    private void OnBranchEnded(Exception? cause)
    {
        if (!_isClosing)
        {
            throw new InvalidOperationException("The room's branch of the tree of hubs has ended.", cause);
        }

        Context.Stop(Self);
    }

    private async Task AbandonAsync(SourceReading? reading)
    {
        await _attachment.CancelAsync(_stop);
        if (reading is not null)
        {
            await reading.CloseAsync();
        }
    }

    private void UnlessPaused(Action next)
    {
        if (_feed.IsPaused)
        {
            _afterPause = next;
        }
        else
        {
            next();
        }
    }

    private void Wait(TimeSpan wait, Action next)
    {
        _afterWait = next;
        _timer = Time.CreateTimer(_ => _self.Tell(WaitOver.Instance), null, wait, Timeout.InfiniteTimeSpan);
    }

    private void Await<T>(Task<T> answer)
    {
        _awaited++;
        answer.PipeTo(_self);
    }

    private void Await(Task task, Action next)
    {
        _awaited++;
        task.PipeTo(_self, success: () => new Done(next));
    }

    /// <summary>The item has come out of the tree.</summary>
    private sealed record Arrived
    {
        public static Arrived Instance { get; } = new();
    }

    private sealed record Published(string? Refusal);

    /// <summary>Something that never fails is done.</summary>
    private sealed record Done(Action Then);

    private sealed record BranchEnded(Exception? Cause);

    private sealed record WaitOver
    {
        public static WaitOver Instance { get; } = new();
    }
}
