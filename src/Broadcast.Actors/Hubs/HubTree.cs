using Akka.Streams;
using Akka.Streams.Dsl;

namespace Broadcast.Actors;

/// <summary>
/// Feeds any number of consumers, which come and go, through BroadcastHubs with few consumers each: what one of them costs per element grows with
/// the cube of its consumers. It begins as one hub; when that is full, a hub above it takes others beside it, and so on: with 32 consumers each,
/// two levels reach 1,024, three 32,768. A hub without consumers would hold up the ones beside it and is closed; without any consumer there is no
/// hub, and what is offered goes nowhere. Any thread may call it; nothing here waits for a consumer.
/// </summary>
/// <typeparam name="T">Shared by all consumers, so it does not change.</typeparam>
internal sealed class HubTree<T>
    where T : class
{
    /// <summary>Consumers of one hub, by default and at most.</summary>
    public const int Widest = 32;

    /// <summary>Elements that one actor boundary takes at a time, at most; a power of two.</summary>
    private const int Batch = 16;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IMaterializer _materializer;
    private readonly int _capacity;
    private readonly int _width;

    /// <summary>The highest hub. Consumers find their places below it.</summary>
    private HubNode? _top;

    /// <summary>The hub that is fed: the highest one, or one below it until that one's link is known to work.</summary>
    private HubNode? _root;

    private bool _isCompleting;
    private long _lost;

    /// <param name="materializer">Its streams end with it.</param>
    /// <param name="capacity">Elements that wait while the hubs are behind; at most so many at each hub. Beyond it the oldest goes, for everybody.</param>
    /// <param name="width">Consumers of one hub, 2 to 32.</param>
    public HubTree(IMaterializer materializer, int capacity, int width = Widest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, Widest);
        (_materializer, _capacity, _width) = (materializer, capacity, width);
    }

    /// <summary>Those that have a place now.</summary>
    public int Consumers
    {
        get
        {
            lock (_gate)
            {
                return _top?.Consumers ?? 0;
            }
        }
    }

    /// <summary>Hubs between what is offered and a consumer; 0 without consumers.</summary>
    public int Levels
    {
        get
        {
            lock (_gate)
            {
                return _top is null ? 0 : _top.Level + 1;
            }
        }
    }

    /// <summary>Elements that nobody got, because the hubs were too far behind.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Completes when <see cref="Complete"/> was called and every consumer has taken what was left for it, or has gone.</summary>
    public Task Completion => _completed.Task;

    /// <summary>Feeds all consumers, in the caller's order. Never waits.</summary>
    public void Offer(T item)
    {
        if (Volatile.Read(ref _root) is { } root && !root.Intake.Offer(item))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    /// <summary>
    /// Adds a consumer, with a bounded buffer of its own before an asynchronous boundary: how slowly the sink takes is nobody else's business.
    /// When the buffer is full, the oldest element goes (<see cref="HubConsumer.Lost"/>). The sink completes when the consumer is detached or the
    /// tree has completed; when the sink cancels or fails, the consumer is gone.
    /// </summary>
    /// <param name="capacity">Elements that wait in the buffer; as many more, but at most 16, may be on their way to the sink.</param>
    /// <exception cref="InvalidOperationException">The tree completes.</exception>
    public HubConsumer Attach<TMat>(IGraph<SinkShape<T>, TMat> sink, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        HubNode leaf;
        lock (_gate)
        {
            if (_isCompleting)
            {
                throw new InvalidOperationException("What this tree of hubs was fed with has ended.");
            }

            leaf = FindPlace();
        }

        var consumer = new HubConsumer(leaf.Fed, () => Leave(leaf));
        try
        {
            var stream = leaf.Out
                .Via(new ConsumerBuffer<T>(consumer, new Mark(leaf.Intake, consumer.Joined), capacity))
                .ViaMaterialized(KillSwitches.Single<T>(), Keep.Right)
                .Async()
                .To(sink);
            consumer.Run(_materializer.Materialize(stream, BoundaryOf(capacity)));
        }
        catch
        {
            consumer.End();
            throw;
        }

        return consumer;
    }

    /// <summary>Takes nothing more. Consumers get what waits for them, then their sinks complete; see <see cref="Completion"/>.</summary>
    public void Complete()
    {
        var hubs = new List<HubNode>();
        lock (_gate)
        {
            _isCompleting = true;
            for (var hub = _root; hub is not null; hub = hub.Upper)
            {
                hubs.Add(hub);
            }
        }

        hubs.ForEach(hub => hub.Intake.Complete());
        if (hubs.Count == 0)
        {
            _completed.TrySetResult();
        }
    }

    /// <summary>Given to the whole stream: of a part of it, fusing drops it.</summary>
    private static Attributes BoundaryOf(int capacity)
    {
        var batch = 1 << int.Log2(Math.Min(capacity, Batch));
        return Attributes.CreateInputBuffer(batch, batch);
    }

    /// <summary>Under the lock.</summary>
    private HubNode FindPlace()
    {
        if (_top is null)
        {
            _root = _top = NewHub(0);
        }
        else if (!HasPlace(_top))
        {
            _top = PutAbove(_top);
        }

        var hub = _top;
        hub.Consumers++;
        while (hub.Level > 0)
        {
            hub = hub.Branches.Find(HasPlace) ?? AddBranch(hub);
            hub.Consumers++;
        }

        return hub;
    }

    private bool HasPlace(HubNode hub)
    {
        var places = (long)_width;
        for (var level = 0; level < hub.Level; level++)
        {
            places *= _width;
        }

        return hub.Consumers < places;
    }

    private HubNode NewHub(int level) => new(level, _capacity, _materializer);

    private HubNode AddBranch(HubNode upper)
    {
        var hub = NewHub(upper.Level - 1);
        hub.Fed = Task.WhenAll(upper.Fed, hub.LinkTo(upper));
        return hub;
    }

    private HubNode PutAbove(HubNode lower)
    {
        var hub = NewHub(lower.Level + 1);
        hub.Consumers = lower.Consumers;
        hub.Fed = FeedInsteadAsync(lower, hub, lower.LinkTo(hub));
        return hub;
    }

    /// <summary>The lower one has got all up to now, and gets all from now on through the upper one: nothing is lost, doubled or out of order.</summary>
    private async Task FeedInsteadAsync(HubNode lower, HubNode upper, Task linked)
    {
        await linked;
        await lower.Fed;
        lock (_gate)
        {
            // Unless all have left meanwhile.
            if (_root == lower)
            {
                _root = upper;
            }
        }
    }

    private void Leave(HubNode leaf)
    {
        var empty = new List<HubNode>();
        bool isLast;
        lock (_gate)
        {
            for (var hub = leaf; hub is not null; hub = hub.Upper)
            {
                if (--hub.Consumers == 0)
                {
                    hub.Upper?.Branches.Remove(hub);
                    empty.Add(hub);
                }
            }

            if (_top is { Consumers: 0 })
            {
                _root = _top = null;
            }

            isLast = _isCompleting && _top is null;
        }

        empty.ForEach(hub => hub.Close());
        if (isLast)
        {
            _completed.TrySetResult();
        }
    }
}
