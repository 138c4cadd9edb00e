using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Broadcast.Sqlite;

/// <summary>
/// The backplane of a single node whose histories outlive it: what was accepted is in a file (see <see cref="Durability"/>), with its epoch and
/// its idempotency key. Any thread may call it. Members get a publication when it is in the file.
/// </summary>
public sealed class SqliteBackplane : IBackplane
{
    private const string Stopped = "The node stops.";
    private const string TooFast = "Publications come faster than the node's disk takes them.";

    private readonly DataFile _file;
    private readonly Ledger _ledger;
    private readonly Journal _journal;
    private readonly Histories _histories;
    private readonly TimeProvider _time;
    private readonly TidyEntry _tidy = new();
    private ITimer? _timer;
    private int _disposed;

    /// <exception cref="DataException">The data folder cannot be used.</exception>
    public SqliteBackplane(DataOptions options, Func<string, RoomRule> rules, TimeProvider time, ILogger<SqliteBackplane> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _time = time;
        _file = DataFile.Open(options, logger);
        try
        {
            _ledger = new Ledger(new Writer(_file.Connect()), options, rules, time, logger);
        }
        catch (SqliteException e)
        {
            _file.Dispose();
            throw new DataException($"The data in {options.Folder} cannot be used: {e.Message}", e);
        }

        _journal = new Journal(_ledger, options, logger);
        _histories = new Histories(_file, options, rules, time, logger);
    }

    public bool CanLoseHandOvers => false;

    public bool SpansNodes => false;

    public void Start(Action mayHaveLost) =>
        _timer = _time.CreateTimer(_ => Tidy(), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));

    public ValueTask<PublishResult> PublishAsync(string room, Publication publication, string? idempotencyKey, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PublishResult>(cancellation);
        }

        var entry = new PublishEntry(room, publication, idempotencyKey);
        return _journal.TryAdd(entry)
            ? new ValueTask<PublishResult>(entry.Answer)
            : ValueTask.FromResult(PublishResult.Refused(_journal.IsClosed ? Stopped : TooFast));
    }

    public async ValueTask NotifyAsync(string room, Notice notice, CancellationToken cancellation) =>
        await CallAsync(
            ledger =>
            {
                ledger.ReceiverOf(room)?.HandOver(notice);
                return true;
            },
            cancellation);

    public ValueTask<StreamPosition> SubscribeAsync(string room, IHandOver receiver, CancellationToken cancellation) =>
        CallAsync(
            ledger =>
            {
                var stream = ledger.StreamOf(room);
                stream.Receiver = receiver;
                return stream.PositionAt(stream.HandedOver);
            },
            cancellation);

    public async ValueTask UnsubscribeAsync(string room, CancellationToken cancellation) =>
        await CallAsync(
            ledger =>
            {
                ledger.Release(room);
                return true;
            },
            cancellation);

    public async ValueTask<HistoryPage> ReadAsync(string room, HistoryQuery query, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return await _histories.ReadAsync(room, query, _ledger.EpochOf, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await (_timer?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _journal.DisposeAsync();
        await _histories.DisposeAsync();
        _file.Dispose();
    }

    private ValueTask<T> CallAsync<T>(Func<Ledger, T> call, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<T>(cancellation);
        }

        var entry = new CallEntry<T>(call);
        return _journal.TryAdd(entry)
            ? new ValueTask<T>(entry.Answer)
            : ValueTask.FromException<T>(new BackplaneException(_journal.IsClosed ? Stopped : TooFast));
    }

    private void Tidy()
    {
        if (_tidy.TryClaim() && !_journal.TryAdd(_tidy))
        {
            _tidy.Release();
        }
    }
}
