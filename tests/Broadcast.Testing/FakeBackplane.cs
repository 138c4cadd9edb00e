namespace Broadcast.Testing;

/// <summary>
/// A backplane whose every answer and every hand-over is a step of a test: held, released, failed, lost, repeated, reordered. One thread.
/// </summary>
/// <param name="rules">Says how many publications a room's history keeps.</param>
public sealed class FakeBackplane(Func<string, RoomRule> rules) : IBackplane
{
    private readonly Dictionary<string, FakeStream> _streams = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IHandOver> _listened = new(StringComparer.Ordinal);
    private readonly HashSet<BackplaneCall> _held = [];
    private readonly List<HeldCall> _waiting = [];
    private readonly List<PendingHandOver> _pending = [];
    private readonly List<string> _breaches = [];
    private Action _mayHaveLost = () => { };

    public bool CanLoseHandOvers { get; init; } = true;

    public bool SpansNodes => false;

    /// <summary>Whether publications are handed over at once; otherwise a test does it.</summary>
    public bool HandsOver { get; set; } = true;

    /// <summary>What becomes of publications from now on; of those that are unknown, nothing is stored.</summary>
    public PublishOutcome Outcome { get; set; } = PublishOutcome.Accepted;

    /// <summary>Calls without an answer yet, oldest first.</summary>
    public IReadOnlyList<HeldCall> Waiting => _waiting;

    /// <summary>Hand-overs on their way, oldest first.</summary>
    public IReadOnlyList<PendingHandOver> Pending => _pending;

    public IReadOnlyCollection<string> ListenedRooms => _listened.Keys;

    public int Reads { get; private set; }

    /// <summary>What its user did that a backplane must not be asked to do.</summary>
    public IReadOnlyList<string> Breaches => _breaches;

    public FakeStream StreamOf(string room)
    {
        if (!_streams.TryGetValue(room, out var stream))
        {
            _streams[room] = stream = new FakeStream(room, rules(room).History.MaxCount);
        }

        return stream;
    }

    public void Start(Action mayHaveLost) => _mayHaveLost = mayHaveLost;

    public ValueTask<PublishResult> PublishAsync(
        string room, Publication publication, string? idempotencyKey, CancellationToken cancellation) =>
        Answer(BackplaneCall.Publish, room, () => null, _ => Publish(room, publication));

    public ValueTask NotifyAsync(string room, Notice notice, CancellationToken cancellation)
    {
        HandOver(new PendingHandOver(room, default, null, notice));
        return ValueTask.CompletedTask;
    }

    public ValueTask<StreamPosition> SubscribeAsync(string room, IHandOver receiver, CancellationToken cancellation)
    {
        if (!_listened.TryAdd(room, receiver))
        {
            _breaches.Add($"Room {room} was subscribed to while it was.");
        }

        return Answer(BackplaneCall.Subscribe, room, () => StreamOf(room).Top, early => early ?? StreamOf(room).Top, () => _listened.Remove(room));
    }

    public async ValueTask UnsubscribeAsync(string room, CancellationToken cancellation) =>
        await Answer(BackplaneCall.Unsubscribe, room, () => null, _ => _listened.Remove(room));

    public ValueTask<HistoryPage> ReadAsync(string room, HistoryQuery query, CancellationToken cancellation)
    {
        Reads++;
        return Answer<HistoryPage, HistoryPage>(
            BackplaneCall.Read, room, () => StreamOf(room).Page(query), early => early ?? StreamOf(room).Page(query));
    }

    /// <summary>Calls of this kind wait from now on.</summary>
    public void Hold(BackplaneCall call) => _held.Add(call);

    /// <summary>Calls of this kind are answered from now on; those that wait go on waiting.</summary>
    public void LetGo(BackplaneCall call) => _held.Remove(call);

    /// <summary>Gives the answer to a call that waits: as things are now, or as they were when it was called.</summary>
    public void AnswerWaiting(int index = 0, bool asOfCall = false) => TakeWaiting(index)?.Answer(asOfCall);

    public void FailWaiting(int index = 0) => TakeWaiting(index)?.Fail(new BackplaneException("The test says no."));

    public void HandOverPending(int index = 0)
    {
        var next = _pending[index];
        _pending.RemoveAt(index);
        Deliver(next);
    }

    public void RepeatPending(int index = 0) => Deliver(_pending[index]);

    public void LosePending(int index = 0) => _pending.RemoveAt(index);

    public void HandOverAllPending()
    {
        while (_pending.Count > 0)
        {
            HandOverPending();
        }
    }

    /// <summary>Every history is lost, and every room has a new epoch; hand-overs on their way stay there.</summary>
    public void Restart()
    {
        foreach (var stream in _streams.Values)
        {
            stream.Restart();
        }
    }

    public void SayMayHaveLost() => _mayHaveLost();

    public ValueTask DisposeAsync()
    {
        while (TakeWaiting(0) is { } call)
        {
            call.Fail(new OperationCanceledException("The backplane was disposed of."));
        }

        return ValueTask.CompletedTask;
    }

    private PublishResult Publish(string room, Publication publication)
    {
        switch (Outcome)
        {
            case PublishOutcome.Refused:
                return PublishResult.Refused("The test says no.");
            case PublishOutcome.Unknown:
                return PublishResult.Unknown("The test does not say.");
            default:
                var position = StreamOf(room).Store(publication);
                HandOver(new PendingHandOver(room, position, publication, null));
                return PublishResult.Accepted(position);
        }
    }

    private void HandOver(PendingHandOver next)
    {
        if (!_listened.ContainsKey(next.Room))
        {
            return;
        }

        _pending.Add(next);
        if (HandsOver)
        {
            HandOverAllPending();
        }
    }

    private void Deliver(PendingHandOver next)
    {
        if (!_listened.TryGetValue(next.Room, out var receiver))
        {
            return;
        }

        if (next.Publication is { } publication)
        {
            receiver.HandOver(next.Position, publication);
        }
        else
        {
            receiver.HandOver(next.Notice!);
        }
    }

    private HeldCall? TakeWaiting(int index)
    {
        if (index >= _waiting.Count)
        {
            return null;
        }

        var call = _waiting[index];
        _waiting.RemoveAt(index);
        return call;
    }

    private ValueTask<T> Answer<TEarly, T>(BackplaneCall call, string room, Func<TEarly?> early, Func<TEarly?, T> answer, Action? failed = null)
        where TEarly : class => Answer(call, room, () => (object?)early(), e => answer((TEarly?)e), failed);

    private ValueTask<StreamPosition> Answer(
        BackplaneCall call, string room, Func<StreamPosition?> early, Func<StreamPosition?, StreamPosition> answer, Action failed) =>
        Answer(call, room, () => (object?)early(), e => answer((StreamPosition?)e), failed);

    private ValueTask<T> Answer<T>(BackplaneCall call, string room, Func<object?> early, Func<object?, T> answer, Action? failed = null)
    {
        if (!_held.Contains(call))
        {
            return ValueTask.FromResult(answer(null));
        }

        // Who awaits it goes on inside the step that answers.
        var result = new TaskCompletionSource<T>();
        var asOfCall = early();
        _waiting.Add(new HeldCall(
            call,
            room,
            wantsEarly => result.SetResult(answer(wantsEarly ? asOfCall : null)),
            e =>
            {
                failed?.Invoke();
                result.SetException(e);
            }));
        return new ValueTask<T>(result.Task);
    }
}
