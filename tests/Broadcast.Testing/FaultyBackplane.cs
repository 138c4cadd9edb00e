namespace Broadcast.Testing;

/// <summary>What becomes of one publish.</summary>
public enum PublishFault
{
    None,

    /// <summary>Not stored, and the caller is told so.</summary>
    Refused,

    /// <summary>Stored and handed over, but the answer is lost.</summary>
    UnknownButStored,

    /// <summary>Lost on its way there.</summary>
    UnknownAndLost,

    /// <summary>The call fails with an exception, as no backplane should; nothing is stored.</summary>
    Throws,
}

/// <summary>What becomes of one hand-over.</summary>
public enum HandOverFault
{
    None,
    Lost,
    Repeated,

    /// <summary>Kept until <see cref="FaultyBackplane.LetGo"/>; what comes after it overtakes it.</summary>
    Held,
}

/// <summary>
/// Another backplane, behind a network and on a machine that a test breaks as it likes. Any thread may touch it. Without faults it changes
/// nothing.
/// </summary>
public sealed class FaultyBackplane(IBackplane inner) : IBackplane
{
    private readonly Lock _gate = new();
    private readonly List<(IHandOver Receiver, StreamPosition Position, Publication Publication)> _held = [];
    private readonly Dictionary<string, IHandOver> _subscribed = [];
    private IBackplane _inner = inner;
    private Action _mayHaveLost = () => { };
    private TaskCompletionSource? _closed;
    private Task _tail = Task.CompletedTask;
    private bool _isDown;
    private int _failingReads;
    private int _failingSubscribes;
    private int _failingNotices;
    private int _publishes;
    private int _reads;
    private int _underWay;

    public bool CanLoseHandOvers => true;

    public bool SpansNodes => _inner.SpansNodes;

    /// <summary>The one behind, without faults.</summary>
    public IBackplane Inner => Volatile.Read(ref _inner);

    /// <summary>Asked for each publish; gets how many came before it.</summary>
    public Func<int, PublishFault> OnPublish { get; set; } = _ => PublishFault.None;

    /// <summary>Asked for each hand-over of a publication; gets its position.</summary>
    public Func<StreamPosition, HandOverFault> OnHandOver { get; set; } = _ => HandOverFault.None;

    /// <summary>Called for each unsubscribing, before it gets there.</summary>
    public Action<string> OnUnsubscribe { get; set; } = _ => { };

    /// <summary>Told of each notice that got through.</summary>
    public Action<string, Notice> OnNotified { get; set; } = (_, _) => { };

    /// <summary>So many of the next reads fail.</summary>
    public int FailingReads
    {
        get => Volatile.Read(ref _failingReads);
        set => Volatile.Write(ref _failingReads, value);
    }

    public int FailingSubscribes
    {
        get => Volatile.Read(ref _failingSubscribes);
        set => Volatile.Write(ref _failingSubscribes, value);
    }

    public int FailingNotices
    {
        get => Volatile.Read(ref _failingNotices);
        set => Volatile.Write(ref _failingNotices, value);
    }

    /// <summary>Publishes that were asked for, with all their repeats.</summary>
    public int Publishes => Volatile.Read(ref _publishes);

    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Whether the one behind is at a call.</summary>
    public bool IsAnswering => Volatile.Read(ref _underWay) > 0;

    public void Start(Action mayHaveLost)
    {
        _mayHaveLost = mayHaveLost;
        _inner.Start(mayHaveLost);
    }

    /// <summary>From now on calls get no answer until <see cref="Release"/>; they keep their order.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Release()
    {
        TaskCompletionSource? closed;
        lock (_gate)
        {
            (closed, _closed) = (_closed, null);
        }

        closed?.SetResult();
    }

    /// <summary>Hands over what was held, newest first.</summary>
    public void LetGo()
    {
        (IHandOver Receiver, StreamPosition Position, Publication Publication)[] held;
        lock (_gate)
        {
            held = [.. _held];
            _held.Clear();
        }

        foreach (var (receiver, position, publication) in held.Reverse())
        {
            receiver.HandOver(position, publication);
        }
    }

    /// <summary>The node says that hand-overs may have been lost.</summary>
    public void MayHaveLost() => _mayHaveLost();

    /// <summary>From now on nothing gets there or comes from there: publishing is Unknown, all else fails, hand-overs are lost.</summary>
    public void GoDown() => Volatile.Write(ref _isDown, true);

    /// <summary>It can be reached again: with the data it had, or another one (with the same data, or none) in its place.</summary>
    public async Task ComeBackAsync(IBackplane? another = null)
    {
        if (another is not null)
        {
            var old = _inner;
            another.Start(_mayHaveLost);
            await another.ReachedAsync();
            KeyValuePair<string, IHandOver>[] rooms;
            lock (_gate)
            {
                rooms = [.. _subscribed];
            }

            foreach (var (room, receiver) in rooms)
            {
                await another.SubscribeAsync(room, receiver, CancellationToken.None);
            }

            Volatile.Write(ref _inner, another);
            await old.DisposeAsync();
        }

        Volatile.Write(ref _isDown, false);
        _mayHaveLost();
    }

    public ValueTask<PublishResult> PublishAsync(
        string room, Publication publication, string? idempotencyKey, CancellationToken cancellation)
    {
        var fault = OnPublish(Interlocked.Increment(ref _publishes) - 1);
        return InOrder(() => PublishAsync(fault, room, publication, idempotencyKey, cancellation), cancellation);
    }

    public async ValueTask NotifyAsync(string room, Notice notice, CancellationToken cancellation) =>
        await InOrder(
            async () =>
            {
                FailIf(ref _failingNotices, "Notices fail.");
                await _inner.NotifyAsync(room, notice, cancellation);
                OnNotified(room, notice);
                return true;
            },
            cancellation);

    public ValueTask<StreamPosition> SubscribeAsync(string room, IHandOver receiver, CancellationToken cancellation) => InOrder(
        async () =>
        {
            FailIf(ref _failingSubscribes, "Subscribing fails.");
            var behindMe = new Receiver(this, receiver);
            lock (_gate)
            {
                _subscribed[room] = behindMe;
            }

            return await _inner.SubscribeAsync(room, behindMe, cancellation);
        },
        cancellation);

    public async ValueTask UnsubscribeAsync(string room, CancellationToken cancellation)
    {
        OnUnsubscribe(room);
        await InOrder(
            async () =>
            {
                lock (_gate)
                {
                    _subscribed.Remove(room);
                }

                await _inner.UnsubscribeAsync(room, cancellation);
                return true;
            },
            cancellation);
    }

    public ValueTask<HistoryPage> ReadAsync(string room, HistoryQuery query, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _reads);
        return InOrder(
            async () =>
            {
                FailIf(ref _failingReads, "Reading fails.");
                return await _inner.ReadAsync(room, query, cancellation);
            },
            cancellation);
    }

    public ValueTask DisposeAsync()
    {
        Release();
        return _inner.DisposeAsync();
    }

    private void HandOver(IHandOver receiver, StreamPosition position, Publication publication)
    {
        if (Volatile.Read(ref _isDown))
        {
            return;
        }

        switch (OnHandOver(position))
        {
            case HandOverFault.Lost:
                return;
            case HandOverFault.Held:
                lock (_gate)
                {
                    _held.Add((receiver, position, publication));
                }

                return;
            case HandOverFault.Repeated:
                receiver.HandOver(position, publication);
                break;
        }

        receiver.HandOver(position, publication);
    }

    private void HandOver(IHandOver receiver, Notice notice)
    {
        if (!Volatile.Read(ref _isDown))
        {
            receiver.HandOver(notice);
        }
    }

    private async ValueTask<PublishResult> PublishAsync(
        PublishFault fault, string room, Publication publication, string? idempotencyKey, CancellationToken cancellation)
    {
        fault = Volatile.Read(ref _isDown) ? PublishFault.UnknownAndLost : fault;
        switch (fault)
        {
            case PublishFault.Refused:
                return PublishResult.Refused("The test refuses it.");
            case PublishFault.UnknownAndLost:
                return PublishResult.Unknown("It is lost.");
            case PublishFault.Throws:
                throw new InvalidOperationException("The backplane is broken.");
            case PublishFault.UnknownButStored:
                await _inner.PublishAsync(room, publication, idempotencyKey, cancellation);
                return PublishResult.Unknown("The answer is lost.");
            default:
                return await _inner.PublishAsync(room, publication, idempotencyKey, cancellation);
        }
    }

    private void FailIf(ref int failing, string reason)
    {
        if (Volatile.Read(ref _isDown) || (Volatile.Read(ref failing) > 0 && Interlocked.Decrement(ref failing) >= 0))
        {
            throw new BackplaneException(reason);
        }
    }

    /// <summary>Straight on while nothing is held; else after those that came before.</summary>
    private ValueTask<T> InOrder<T>(Func<ValueTask<T>> call, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_closed is not null || !_tail.IsCompleted)
            {
                var mine = AfterAsync(_tail, _closed?.Task ?? Task.CompletedTask, call, cancellation);
                _tail = mine;
                return new ValueTask<T>(mine);
            }
        }

        return CountedAsync(call);
    }

    private async ValueTask<T> CountedAsync<T>(Func<ValueTask<T>> call)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            return await call();
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task<T> AfterAsync<T>(Task before, Task opened, Func<ValueTask<T>> call, CancellationToken cancellation)
    {
        // Leaves the caller's lock at once.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await opened.WaitAsync(cancellation);
        return await CountedAsync(call);
    }

    private sealed class Receiver(FaultyBackplane before, IHandOver behind) : IHandOver
    {
        public void HandOver(StreamPosition position, Publication publication) => before.HandOver(behind, position, publication);

        public void HandOver(Notice notice) => before.HandOver(behind, notice);
    }
}
