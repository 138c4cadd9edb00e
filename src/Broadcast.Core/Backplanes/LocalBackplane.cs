using System.Collections.Concurrent;

namespace Broadcast.Core;

/// <summary>
/// The backplane of a single node: histories in memory, gone with the process. Any thread may call it. It completes at once, but
/// callers must not rely on that.
/// </summary>
public sealed class LocalBackplane(LocalBackplaneOptions options, Func<string, RoomRule> rules, TimeProvider time) : IBackplane
{
    private readonly ConcurrentDictionary<string, LocalStream> _streams = new(StringComparer.Ordinal);
    private readonly MemoryBudget _budget = new(options.MaxBytes);
    private readonly Lock _housekeeping = new();
    private IHandOver? _receiver;
    private ITimer? _timer;

    public bool CanLoseHandOvers => false;

    /// <summary>Bytes of all histories, and how many streams were emptied because the node's bound was reached.</summary>
    public MemoryBudget Budget => _budget;

    public int StreamCount => _streams.Count;

    public void Start(IHandOver receiver)
    {
        _receiver = receiver;
        _timer = time.CreateTimer(_ => Housekeep(), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
    }

    public ValueTask<PublishResult> PublishAsync(
        string room, Publication publication, string? idempotencyKey, CancellationToken cancellation)
    {
        while (true)
        {
            if (StreamOf(room) is not { } stream)
            {
                return ValueTask.FromResult(PublishResult.Refused(
                    $"The node keeps the histories of at most {options.MaxRooms} rooms, and all are in use."));
            }

            if (stream.TryPublish(publication, idempotencyKey, out var position))
            {
                stream.HandOverPending(_receiver);
                if (_budget.IsExceeded)
                {
                    Evict();
                }

                return ValueTask.FromResult(PublishResult.Accepted(position));
            }
        }
    }

    public ValueTask NotifyAsync(string room, Notice notice, CancellationToken cancellation)
    {
        if (_streams.TryGetValue(room, out var stream) && stream.TryNotify(notice))
        {
            stream.HandOverPending(_receiver);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<StreamPosition> SubscribeAsync(string room, CancellationToken cancellation)
    {
        while (true)
        {
            var stream = StreamOf(room)
                ?? throw new BackplaneException($"The node keeps the histories of at most {options.MaxRooms} rooms, and all are in use.");
            if (stream.TrySubscribe(out var position))
            {
                return ValueTask.FromResult(position);
            }
        }
    }

    public ValueTask UnsubscribeAsync(string room, CancellationToken cancellation)
    {
        if (_streams.TryGetValue(room, out var stream))
        {
            stream.Unsubscribe();
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<HistoryPage> ReadAsync(string room, HistoryQuery query, CancellationToken cancellation)
    {
        while (true)
        {
            // Reading a room that has never been published to gives it an epoch, so that the position answered stays true.
            var stream = StreamOf(room)
                ?? throw new BackplaneException($"The node keeps the histories of at most {options.MaxRooms} rooms, and all are in use.");
            if (stream.TryRead(query, out var page))
            {
                return ValueTask.FromResult(page);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_timer is { } timer)
        {
            await timer.DisposeAsync();
        }
    }

    private LocalStream? StreamOf(string room)
    {
        if (_streams.TryGetValue(room, out var stream) && !stream.IsRemoved)
        {
            return stream;
        }

        if (_streams.Count >= options.MaxRooms && !MakeRoom())
        {
            return null;
        }

        var fresh = new LocalStream(room, rules(room), _budget, time);
        return _streams.AddOrUpdate(room, fresh, (_, old) => old.IsRemoved ? fresh : old);
    }

    /// <summary>Forgets streams nobody listens to and whose history has run out.</summary>
    private void Housekeep()
    {
        foreach (var (room, stream) in _streams)
        {
            if (stream.TrimByAge())
            {
                _streams.TryRemove(KeyValuePair.Create(room, stream));
            }
        }
    }

    private bool MakeRoom()
    {
        lock (_housekeeping)
        {
            if (_streams.Count < options.MaxRooms)
            {
                return true;
            }

            // A tenth at once, so that a flood of names does not sort all streams for each.
            foreach (var stream in _streams.Values.Where(s => !s.IsListenedTo).OrderBy(s => s.LastUsed).Take(1 + (options.MaxRooms / 10)))
            {
                if (stream.TryRemove())
                {
                    _budget.CountEviction();
                    _streams.TryRemove(KeyValuePair.Create(stream.Room, stream));
                }
            }

            return _streams.Count < options.MaxRooms;
        }
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
            _budget.Evict(_streams.Values.OrderBy(s => s.LastUsed), stream => stream.Clear());
        }
        finally
        {
            _housekeeping.Exit();
        }
    }
}
