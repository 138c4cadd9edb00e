using Akka.Actor;
using Akka.Cluster.Sharding;
using Topic = Akka.Cluster.Tools.PublishSubscribe;

namespace Broadcast.Actors;

/// <summary>
/// The owner of a room: gives positions and keeps the history, in an epoch of its own. There is one in the cluster, on whichever node sharding puts it; the next
/// one begins another epoch. What it hands over goes through pub-sub to the nodes that listen, in batches of what came together.
/// </summary>
internal sealed class RoomActor : UntypedActor, IWithTimers, IHandOver
{
    /// <summary>Publications and bytes of one batch; whichever is reached first.</summary>
    private const int MaxBatch = 256, MaxBatchBytes = 256 << 10;

    /// <summary>How often it is asked whether anybody still needs it.</summary>
    private static readonly TimeSpan s_lookAtUse = TimeSpan.FromMinutes(1);

    /// <summary>How long idempotency keys are known.</summary>
    private static readonly TimeSpan s_keyLife = TimeSpan.FromMinutes(5);

    private readonly HashSet<IActorRef> _toldDirectly = [];
    private readonly List<HandedItem> _batch = [];
    private readonly Engine _engine;
    private readonly string _room;
    private Payload? _publishing;
    private string _epoch = "";
    private string? _notKept;
    private int _batchBytes;
    private long _batchNumber;
    private long _lastUsed;

    public RoomActor(string room, Engine engine)
    {
        (_room, _engine, _lastUsed) = (room, engine, engine.Time.GetTimestamp());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(string room, Engine engine) => Akka.Actor.Props.Create(() => new RoomActor(room, engine));

    /// <summary>The history has taken it; called within <see cref="OnReceive"/>.</summary>
    void IHandOver.HandOver(StreamPosition position, Publication publication) => Add(new HandedItem(position.Offset, _publishing, null), _publishing!.Size);

    void IHandOver.HandOver(Notice notice) => Add(new HandedItem(0, null, notice), NoticeBytes.Write(notice).Length);

    protected override void PreStart()
    {
        _engine.Counts.Owned(1);
        TryKeep();
        Timers.StartPeriodicTimer(nameof(LookAtUse), LookAtUse.Instance, s_lookAtUse);
    }

    protected override void PostStop()
    {
        // What it has acknowledged has been handed over, whatever becomes of the history.
        HandOver();
        _engine.Counts.Owned(-1);
        if (_notKept is null)
        {
            _engine.Histories.Forget(_room);
            var moved = new Moved(_room);
            TellAll(moved, moved);
        }
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HandOverNow:
                HandOver();
                return;
            case LookAtUse:
                StopIfUnused();
                return;
            case Terminated ended:
                _toldDirectly.Remove(ended.ActorRef);
                return;
            case Heard heard:
                if (heard.Epoch == _epoch && _toldDirectly.Remove(Sender))
                {
                    Context.Unwatch(Sender);
                }

                return;
        }

        _lastUsed = _engine.Time.GetTimestamp();
        if (_engine.Majority.Refusal is { } refusal)
        {
            Sender.Tell(new Refused(refusal));
        }
        else if (_notKept is not null && !TryKeep())
        {
            Sender.Tell(new Refused(_notKept!));
        }
        else if (Do(message) is { } answer)
        {
            Answer(answer);
        }
        else
        {
            Unhandled(message);
        }
    }

    /// <returns>What is to be answered; null if that is no message for a room.</returns>
    private IWireMessage? Do(object message)
    {
        switch (message)
        {
            case Publish or Notify when _engine.Majority.IsFull:
                return new Refused("Another node does not take what it is handed over fast enough.");
            case Publish publish:
                return Order(publish);
            case Notify notify:
                ((IHandOver)this).HandOver(notify.Notice);
                return Notified.Instance;
            case Listen:
                // What stands before the position it is told needs no handing over to it.
                HandOver();
                if (_toldDirectly.Add(Sender))
                {
                    Context.Watch(Sender);
                }

                return new Listening(Now(_engine.Histories.ReadAsync(_room, HistoryQuery.PositionOnly, CancellationToken.None)).Top);
            case Read read:
                return PageOf(Now(_engine.Histories.ReadAsync(_room, read.Query, CancellationToken.None)));
            default:
                return null;
        }
    }

    /// <summary>
    /// The lease is looked at again, after what was done: this process may have stood still between, and the room have another owner by now. Then it is not known
    /// what becomes of what was ordered, which is what no answer means.
    /// </summary>
    private void Answer(IWireMessage answer)
    {
        if (_engine.Majority.Refusal is not { } refusal)
        {
            Sender.Tell(answer);
        }
        else if (answer is not (Published or Notified))
        {
            Sender.Tell(new Refused(refusal));
        }
    }

    private IWireMessage Order(Publish publish)
    {
        _publishing = publish.Payload;
        var result = Now(_engine.Histories.PublishAsync(_room, publish.Payload.Publication, publish.Key, CancellationToken.None));
        _publishing = null;
        return result.IsAccepted ? new Published(result.Position) : new Refused(result.Reason ?? "The history did not take it.");
    }

    private Page PageOf(HistoryPage page)
    {
        var items = new List<PageItem>(page.Publications.Count);
        var bytes = 0;
        foreach (var (offset, publication) in page.Publications)
        {
            var payload = new Payload(publication);
            bytes += payload.Size;
            if (items.Count > 0 && bytes > _engine.MaxMessageBytes)
            {
                return new Page(page.Top, items, IsCut: true);
            }

            items.Add(new PageItem(offset, payload));
        }

        return new Page(page.Top, items, IsCut: false);
    }

    /// <summary>The node's memory is full of rooms, or a place for this one was found.</summary>
    private bool TryKeep()
    {
        try
        {
            _epoch = Now(_engine.Histories.SubscribeAsync(_room, this, CancellationToken.None)).Epoch;
            _notKept = null;
        }
        catch (BackplaneException e)
        {
            _notKept = e.Message;
        }

        return _notKept is null;
    }

    private void Add(HandedItem item, int bytes)
    {
        if (_batchBytes + bytes > _engine.MaxMessageBytes)
        {
            HandOver();
        }

        _batch.Add(item);
        _batchBytes += bytes;
        if (_batch.Count == 1)
        {
            // It comes after what is in the mailbox already; all that goes out together.
            Self.Tell(HandOverNow.Instance);
        }
        else if (_batch.Count >= MaxBatch || _batchBytes >= MaxBatchBytes)
        {
            HandOver();
        }
    }

    private void HandOver()
    {
        if (_batch.Count == 0)
        {
            return;
        }

        var handed = new Handed(_room, _epoch, ++_batchNumber, _batch.ToArray(), ByTopic: true);
        TellAll(handed, handed with { ByTopic = false });
        if (_engine.Majority.HandOver(_batchBytes))
        {
            _engine.AskOthers();
        }

        _batch.Clear();
        _batchBytes = 0;
    }

    private void TellAll(IWireMessage byTopic, IWireMessage directly)
    {
        _engine.Mediator.Tell(new Topic.Publish(_room, byTopic));
        foreach (var listener in _toldDirectly)
        {
            listener.Tell(directly);
        }
    }

    /// <summary>
    /// Nodes with members compare positions every few seconds; so whoever is not asked for so long has no members, and nothing that is to be remembered. One that found no
    /// place never had anything.
    /// </summary>
    private void StopIfUnused()
    {
        var life = _engine.Rules(_room).History.MaxAge;
        if (_notKept is not null || _engine.Time.GetElapsedTime(_lastUsed) - s_lookAtUse > (life > s_keyLife ? life : s_keyLife))
        {
            Context.Parent.Tell(new Passivate(PoisonPill.Instance));
        }
    }

    /// <summary>Histories in memory answer at once, and this actor has no other time to wait in.</summary>
    private static T Now<T>(ValueTask<T> answer) => answer.IsCompleted ? answer.Result : throw new InvalidOperationException("The history in memory did not answer at once.");

    private sealed class HandOverNow
    {
        public static readonly HandOverNow Instance = new();
    }

    /// <summary>It is time to ask whether anybody still needs it.</summary>
    internal sealed class LookAtUse
    {
        public static readonly LookAtUse Instance = new();
    }
}
