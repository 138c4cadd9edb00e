namespace Broadcast.Testing;

/// <summary>The backplane of one node of several in one process. Any thread may touch it.</summary>
public sealed class SharedBackplane(SharedStore store) : IBackplane
{
    private const string Down = "The test says that it cannot be reached.";

    private volatile bool _isCutOff;
    private volatile bool _isDown;
    private volatile bool _refuses;
    private volatile bool _disposed;
    private int _unanswered;

    public bool CanLoseHandOvers => true;

    public bool SpansNodes => true;

    /// <summary>Nothing comes from the node or gets there, and it does not know: what others see of one that was killed.</summary>
    public bool IsCutOff
    {
        get => _isCutOff;
        set => _isCutOff = value;
    }

    /// <summary>The node cannot reach the backplane, and is told so.</summary>
    public bool IsDown
    {
        get => _isDown;
        set => _isDown = value;
    }

    /// <summary>The node is told that what it publishes is not taken.</summary>
    public bool Refuses
    {
        get => _refuses;
        set => _refuses = value;
    }

    internal bool Hears => !_isCutOff && !_isDown && !_disposed;

    /// <summary>Calls of other nodes that this one has heard, and has not answered yet.</summary>
    internal int Unanswered => Volatile.Read(ref _unanswered);

    public void Start(Action mayHaveLost)
    {
        // Rooms compare positions from time to time anyway.
    }

    public ValueTask<PublishResult> PublishAsync(
        string room, Publication publication, string? idempotencyKey, CancellationToken cancellation) =>
        _refuses ? ValueTask.FromResult(PublishResult.Refused("The test says no."))
        : Hears ? store.Histories.PublishAsync(room, publication, idempotencyKey, cancellation)
        : ValueTask.FromResult(PublishResult.Unknown(Down));

    public ValueTask NotifyAsync(string room, Notice notice, CancellationToken cancellation)
    {
        try
        {
            cancellation.ThrowIfCancellationRequested();
            ThrowIfDown();
            if (!_isCutOff)
            {
                store.Notify(this, room, NoticeBytes.Write(notice));
            }

            return ValueTask.CompletedTask;
        }
        finally
        {
            // Whoever asked has it, or never will.
            if (KindOf(notice) == LetterKind.Answer)
            {
                Interlocked.Decrement(ref _unanswered);
            }
        }
    }

    public ValueTask<StreamPosition> SubscribeAsync(string room, IHandOver receiver, CancellationToken cancellation)
    {
        ThrowIfDown();
        return store.SubscribeAsync(this, room, receiver);
    }

    public ValueTask UnsubscribeAsync(string room, CancellationToken cancellation)
    {
        store.Unsubscribe(this, room);
        return ValueTask.CompletedTask;
    }

    public ValueTask<HistoryPage> ReadAsync(string room, HistoryQuery query, CancellationToken cancellation)
    {
        ThrowIfDown();
        return store.Histories.ReadAsync(room, query, cancellation);
    }

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        store.Unsubscribe(this, room: null);
        return ValueTask.CompletedTask;
    }

    /// <summary>The node is about to hear a notice of another one.</summary>
    internal void Hear(Notice notice)
    {
        if (KindOf(notice) == LetterKind.Call)
        {
            Interlocked.Increment(ref _unanswered);
        }
    }

    private static string? KindOf(Notice notice) =>
        notice is NodeMessage message && NodeLetter.TryRead(message.Body.Span, out var letter, out _) ? letter.Kind : null;

    private void ThrowIfDown()
    {
        if (_isDown || _disposed)
        {
            throw new BackplaneException(Down);
        }
    }
}
