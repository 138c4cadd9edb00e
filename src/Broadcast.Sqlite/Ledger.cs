using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Broadcast.Sqlite;

/// <summary>
/// The streams and the file behind them: what a transaction is made of. Touched by the writing thread only, but for <see cref="EpochOf"/>.
/// </summary>
internal sealed class Ledger : IDisposable
{
    /// <summary>How long an idempotency key is remembered.</summary>
    private static readonly TimeSpan KeyLifetime = TimeSpan.FromMinutes(5);

    /// <summary>Streams nobody used for so long are read from the file again when they are wanted.</summary>
    private static readonly TimeSpan CacheTime = TimeSpan.FromMinutes(1);

    /// <summary>Streams looked after in one transaction.</summary>
    private const int TidySlice = 1_000;

    /// <summary>The epoch of rooms that have no row.</summary>
    private const string EpochFact = "epoch";

    /// <summary>While the file is written without waiting for the disk: in which life of the machine.</summary>
    private const string UnsafeSinceFact = "written without waiting for the disk since boot";

    private readonly ConcurrentDictionary<string, StoredStream> _streams = new(StringComparer.Ordinal);
    private readonly HashSet<StoredStream> _changed = [];
    private readonly Writer _writer;
    private readonly DataOptions _options;
    private readonly Func<string, RoomRule> _rules;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly long _openedAt;
    private string _epoch;
    private long _now;
    private long _rooms;
    private long _tidiedUpTo;
    private bool _isFailing;

    public Ledger(Writer writer, DataOptions options, Func<string, RoomRule> rules, TimeProvider time, ILogger logger)
    {
        (_writer, _options, _rules, _time, _logger) = (writer, options, rules, time, logger);
        (_rooms, _now) = (writer.CountStreams(), writer.LastUse());
        _openedAt = Now;
        _epoch = writer.Fact(EpochFact) ?? NewEpoch();
        TakeOver();
    }

    /// <summary>Never goes back, also where the machine's clock does: what came later is never older, or a history would be read with a hole.</summary>
    private long Now => _now = Math.Max(_now, _time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Any thread: the epoch of a room that has no row in the file.</summary>
    public string EpochOf(string room) => _streams.TryGetValue(room, out var stream) ? stream.Epoch : Volatile.Read(ref _epoch);

    /// <summary>Does something with the file, all of it or nothing.</summary>
    /// <returns>Null, or why it failed: one sentence.</returns>
    public StoreFailure? Try(Action action)
    {
        var before = (_rooms, _epoch);
        try
        {
            _writer.Begin();
            action();
            foreach (var stream in _changed)
            {
                _writer.Trim(stream, _rules(stream.Room).History, Now);
                _writer.Update(stream);
            }

            _writer.Commit();
            foreach (var stream in _changed)
            {
                (stream.Saved, stream.SavedUsedAt) = (stream.Extent, stream.UsedAt);
            }

            _changed.Clear();
            Succeeded();
            return null;
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            _writer.RollBack(e);
            Undo(before);
            return Failed(e);
        }
        catch
        {
            _writer.RollBack(failure: null);
            Undo(before);
            throw;
        }
    }

    public StoredStream StreamOf(string room)
    {
        if (_streams.TryGetValue(room, out var known))
        {
            return known;
        }

        return _streams[room] = _writer.Load(room) ?? new StoredStream(room, _epoch) { UsedAt = Now };
    }

    /// <returns>Who listens to a room, or null.</returns>
    public IHandOver? ReceiverOf(string room) => _streams.TryGetValue(room, out var stream) ? stream.Receiver : null;

    /// <summary>Nobody listens any more.</summary>
    public void Release(string room)
    {
        if (_streams.TryGetValue(room, out var stream))
        {
            (stream.Receiver, stream.UsedAt) = (null, Now);
        }
    }

    /// <summary>Within <see cref="Try"/>.</summary>
    /// <returns>Null if the node keeps as many rooms as it may.</returns>
    public ulong? Add(StoredStream stream, Publication publication, string? idempotencyKey, out bool isRepeat)
    {
        isRepeat = false;
        if (idempotencyKey is not null && stream.Id != 0
            && _writer.FindKey(stream, idempotencyKey, Now - (long)KeyLifetime.TotalMilliseconds) is { } before)
        {
            isRepeat = true;
            return before;
        }

        if (stream.Id == 0 && _rooms >= _options.MaxRooms)
        {
            return null;
        }

        _changed.Add(stream);
        if (stream.Id == 0)
        {
            _writer.Insert(stream);
            _rooms++;
        }

        var (now, extent) = (Now, stream.Extent);
        var (offset, cost) = (extent.Top + 1, publication.Cost);
        _writer.Insert(stream, offset, now, cost, PublicationBytes.Write(publication));
        if (idempotencyKey is not null)
        {
            _writer.AddKey(stream, idempotencyKey, offset, now);
        }

        stream.Extent = new Extent(offset, extent.Count + 1, extent.Bytes + cost, extent.Count == 0 ? now : extent.OldestAt);
        stream.UsedAt = now;
        return offset;
    }

    /// <summary>Within <see cref="Try"/>: drops what is too old, a part of the rooms at a time.</summary>
    public void Tidy()
    {
        var now = Now;
        _writer.DropKeys(now - (long)KeyLifetime.TotalMilliseconds);
        var some = _writer.After(_tidiedUpTo, TidySlice);
        _tidiedUpTo = some.Count < TidySlice ? 0 : some[^1].Id;
        foreach (var read in some)
        {
            var stream = _streams.GetValueOrDefault(read.Room, read);
            var bounds = _rules(stream.Room).History;
            if (stream.Extent.Exceeds(bounds, now))
            {
                // Known from here on, so that whoever publishes to it in this group changes the same one.
                _changed.Add(_streams.GetOrAdd(stream.Room, stream));
            }
            else if (stream is { Extent.Count: 0, Receiver: null } && now - Math.Max(stream.UsedAt, _openedAt) > Math.Max(bounds.MaxAge.TotalMilliseconds, KeyLifetime.TotalMilliseconds))
            {
                Forget(stream);
            }
        }

        foreach (var (room, stream) in _streams)
        {
            if (stream.Receiver is not null || now - stream.UsedAt <= CacheTime.TotalMilliseconds)
            {
                continue;
            }

            if (stream.Id != 0 && stream.UsedAt > stream.SavedUsedAt)
            {
                _changed.Add(stream);
            }

            if (!_changed.Contains(stream))
            {
                _streams.TryRemove(room, out _);
            }
        }
    }

    public void Dispose()
    {
        try
        {
            _writer.DropFact(UnsafeSinceFact);
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            Log.CannotStore(_logger, StoreFailure.SentenceOf(e), e);
        }

        _writer.Dispose();
    }

    /// <summary>
    /// If the machine ended before a node that did not wait for the disk, accepted publications may be missing, and offsets would be given again:
    /// histories go on in another epoch, so that clients are told.
    /// </summary>
    private void TakeOver()
    {
        if (_writer.Fact(UnsafeSinceFact) is { } boot && boot != Boot.Id)
        {
            _epoch = NewEpoch();
            _writer.RenewEpochs(_epoch);
            Log.EpochsRenewed(_logger);
        }

        if (_options.Durability == Durability.Process)
        {
            _writer.SaveFactOnDisk(UnsafeSinceFact, Boot.Id);
        }
        else
        {
            _writer.DropFact(UnsafeSinceFact);
        }
    }

    /// <summary>Rooms share an epoch until one is forgotten: its next history must not continue the old one.</summary>
    private void Forget(StoredStream stream)
    {
        _writer.Forget(stream);
        _streams.TryRemove(stream.Room, out _);
        _rooms--;
        _epoch = NewEpoch();
    }

    private string NewEpoch()
    {
        var epoch = Epochs.New();
        _writer.SaveFact(EpochFact, epoch);
        return epoch;
    }

    private void Undo((long Rooms, string Epoch) before)
    {
        (_rooms, _epoch) = before;
        foreach (var stream in _changed)
        {
            stream.Extent = stream.Saved;
            if (stream.Saved.Top > 0)
            {
                continue;
            }

            // It got its row in vain; or one that was forgotten in vain is there again, and is to be found.
            stream.Id = 0;
            if (stream.Receiver is null)
            {
                _streams.TryRemove(stream.Room, out _);
            }
        }

        _changed.Clear();
    }

    private void Succeeded()
    {
        if (_isFailing)
        {
            _isFailing = false;
            Log.StoresAgain(_logger);
        }
    }

    private StoreFailure Failed(Microsoft.Data.Sqlite.SqliteException e)
    {
        var failure = StoreFailure.Of(e, _writer.IsUncertain);
        if (!_isFailing)
        {
            _isFailing = true;
            Log.CannotStore(_logger, failure.Reason, e);
        }

        return failure;
    }
}
