using System.Collections.Concurrent;

namespace Broadcast.Core;

/// <summary>
/// The backplane of a single node: histories in memory, gone with the process. Any thread may call it. It completes at once, but
/// callers must not rely on that.
/// </summary>
internal sealed class LocalBackplane(LocalBackplaneOptions options, Func<string, RoomRule> rules, TimeProvider time) : IBackplane
{
    private const string Stopped = "The node stops.";

    private readonly ConcurrentDictionary<string, LocalStream> _streams = new(StringComparer.Ordinal);
    private readonly MemoryBudget _budget = new(options.MaxBytes);
    private readonly Lock _housekeeping = new();
    private string _epoch = Epochs.New();
    private ITimer? _timer;
    private volatile bool _disposed;

    public bool CanLoseHandOvers => false;

    public bool SpansNodes => false;

    /// <summary>Bytes of all histories, and how many streams were emptied because the node's bound was reached.</summary>
    public MemoryBudget Budget => _budget;

    public int StreamCount => _streams.Count;

    private string TooManyRooms => $"The node keeps the histories of at most {options.MaxRooms} rooms, and all are in use.";

    public void Start(Action mayHaveLost)
    {
        _timer = time.CreateTimer(_ => Housekeep(), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
    }

    public ValueTask<PublishResult> PublishAsync(
        string room, Publication publication, string? idempotencyKey, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PublishResult>(cancellation);
        }

        while (!_disposed)
        {
            if (StreamOf(room) is not { } stream)
            {
                return ValueTask.FromResult(PublishResult.Refused(TooManyRooms));
            }

            if (stream.TryPublish(publication, idempotencyKey) is { } result)
            {
                if (_budget.IsExceeded)
                {
                    Evict();
                }

                return ValueTask.FromResult(result);
            }
        }

        return ValueTask.FromResult(PublishResult.Refused(Stopped));
    }

    public ValueTask NotifyAsync(string room, Notice notice, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        if (_streams.TryGetValue(room, out var stream))
        {
            stream.Notify(notice);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<StreamPosition> SubscribeAsync(string room, IHandOver receiver, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<StreamPosition>(cancellation);
        }

        StreamPosition position;
        while (!UsableStreamOf(room).TrySubscribe(receiver, out position))
        {
        }

        return ValueTask.FromResult(position);
    }

    public ValueTask UnsubscribeAsync(string room, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        if (_streams.TryGetValue(room, out var stream))
        {
            stream.Unsubscribe();
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<HistoryPage> ReadAsync(string room, HistoryQuery query, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<HistoryPage>(cancellation);
        }

        // Reading a room that has never been published to gives it an epoch, so that the position answered stays true.
        HistoryPage page;
        while (!UsableStreamOf(room).TryRead(query, out page))
        {
        }

        return ValueTask.FromResult(page);
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        if (_timer is { } timer)
        {
            await timer.DisposeAsync();
        }
    }

    /// <summary>A room's history ends, whoever listens; if the room is used again, it begins another epoch.</summary>
    internal void Forget(string room)
    {
        lock (_housekeeping)
        {
            if (_streams.TryGetValue(room, out var stream))
            {
                stream.Unsubscribe();
                stream.TryRemove();
                Forget(stream);
            }
        }
    }

    private LocalStream UsableStreamOf(string room) =>
        _disposed ? throw new BackplaneException(Stopped) : StreamOf(room) ?? throw new BackplaneException(TooManyRooms);

    private LocalStream? StreamOf(string room)
    {
        if (_streams.TryGetValue(room, out var stream))
        {
            return stream;
        }

        lock (_housekeeping)
        {
            if (_streams.Count >= options.MaxRooms && !MakeRoom())
            {
                return null;
            }

            return _streams.GetOrAdd(room, static (name, my) => my.NewStream(name), this);
        }
    }

    /// <summary>Forgets streams nobody listens to and whose history has run out.</summary>
    private void Housekeep()
    {
        foreach (var (_, stream) in _streams)
        {
            if (!stream.TrimByAge())
            {
                continue;
            }

            lock (_housekeeping)
            {
                if (stream.TryRemoveSpent())
                {
                    Forget(stream);
                }
            }
        }
    }

    /// <summary>Under the lock, as everything that makes streams come and go.</summary>
    private void Forget(LocalStream removed)
    {
        // Streams share an epoch, until one is forgotten: the room's next one must not continue it.
        _streams.TryRemove(KeyValuePair.Create(removed.Room, removed));
        _epoch = Epochs.New();
    }

    private LocalStream NewStream(string room) => new(room, _epoch, rules(room), _budget, time);

    /// <summary>Under the lock.</summary>
    private bool MakeRoom()
    {
        // A tenth at once, so that a flood of names does not sort all streams for each.
        foreach (var stream in _streams.Values.Where(s => !s.IsListenedTo).OrderBy(s => s.LastUsed).Take(1 + (options.MaxRooms / 10)))
        {
            if (stream.TryRemove())
            {
                Forget(stream);
                _budget.CountEviction();
            }
        }

        return _streams.Count < options.MaxRooms;
    }

    /// <summary>Empties the idlest histories until a tenth of the budget is free.</summary>
    private void Evict()
    {
        if (!_housekeeping.TryEnter())
        {
            return;
        }

        try
        {
            _budget.Evict(_streams.Values.Where(s => !s.IsEmpty).OrderBy(s => s.LastUsed), stream => stream.Clear());
        }
        finally
        {
            _housekeeping.Exit();
        }
    }
}
