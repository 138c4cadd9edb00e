using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Broadcast.Sqlite;

/// <summary>Reads histories from the file, a few at a time, beside the thread that writes. Any thread may call it.</summary>
internal sealed class Histories(DataFile file, DataOptions options, Func<string, RoomRule> rules, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly SemaphoreSlim _places = new(options.Readers);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentBag<Reader> _idle = [];

    /// <param name="epochOf">Gives the epoch of a room that is not in the file.</param>
    /// <exception cref="BackplaneException">It cannot be read now.</exception>
    public async Task<HistoryPage> ReadAsync(string room, HistoryQuery query, Func<string, string> epochOf, CancellationToken cancellation)
    {
        await TakePlaceAsync(cancellation);
        try
        {
            // SQLite has no other way than to wait for the disk.
            return await Task.Run(() => Read(room, query, epochOf), CancellationToken.None);
        }
        catch (SqliteException e)
        {
            throw new BackplaneException($"The history cannot be read (SQLite's error {e.SqliteErrorCode}).", e);
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Ends when no read is under way; those that wait fail, and so do later ones.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        for (var i = 0; i < options.Readers; i++)
        {
            await _places.WaitAsync();
        }

        foreach (var reader in _idle)
        {
            reader.Dispose();
        }
    }

    private async Task TakePlaceAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping.Token);
        try
        {
            await _places.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            throw new BackplaneException("The node stops.");
        }
    }

    private HistoryPage Read(string room, HistoryQuery query, Func<string, string> epochOf)
    {
        var reader = _idle.TryTake(out var idle) ? idle : new Reader(file.Connect());
        try
        {
            var oldestAt = time.GetUtcNow().ToUnixTimeMilliseconds() - (long)rules(room).History.MaxAge.TotalMilliseconds;
            var (top, bodies) = reader.Read(room, query, oldestAt);
            _idle.Add(reader);
            return top is { } position ? new HistoryPage(Publications(room, bodies), position) : new HistoryPage([], new StreamPosition(epochOf(room), 0));
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private List<StoredPublication> Publications(string room, List<(ulong Offset, byte[] Body)> bodies)
    {
        var publications = new List<StoredPublication>(bodies.Count);
        foreach (var (offset, body) in bodies)
        {
            if (!PublicationBytes.TryRead(body, out var publication))
            {
                Log.NotRead(logger, room, $"offset {offset} is of a form this server does not know");
                throw new BackplaneException("The history has a publication of a form this server does not know.");
            }

            publications.Add(new StoredPublication(offset, publication));
        }

        return publications;
    }

    /// <summary>One connection and its statements; one thread at a time.</summary>
    private sealed class Reader(SqliteConnection connection) : IDisposable
    {
        private readonly SqliteCommand _begin = connection.Prepared("BEGIN", 0);
        private readonly SqliteCommand _end = connection.Prepared("COMMIT", 0);
        private readonly SqliteCommand _stream = connection.Prepared("SELECT id, epoch, top FROM streams WHERE room = $1", 1);
        private readonly SqliteCommand _forward = connection.Prepared(
            "SELECT offset, body FROM publications WHERE stream = $1 AND offset > $2 AND at >= $3 ORDER BY offset LIMIT $4", 4);
        private readonly SqliteCommand _backward = connection.Prepared(
            "SELECT offset, body FROM publications WHERE stream = $1 AND offset < $2 AND at >= $3 ORDER BY offset DESC LIMIT $4", 4);

        /// <summary>Position and publications of one moment.</summary>
        /// <returns>No position if the room has no row.</returns>
        public (StreamPosition? Top, List<(ulong Offset, byte[] Body)> Bodies) Read(string room, HistoryQuery query, long oldestAt)
        {
            _begin.ExecuteNonQuery();
            try
            {
                long id;
                StreamPosition top;
                using (var row = _stream.With(room).ExecuteReader())
                {
                    if (!row.Read())
                    {
                        return (null, []);
                    }

                    (id, top) = (row.GetInt64(0), new StreamPosition(row.GetString(1), (ulong)row.GetInt64(2)));
                }

                var bodies = new List<(ulong, byte[])>();
                if (query.EffectiveLimit > 0)
                {
                    var since = query.Since is { } asked && asked.Epoch == top.Epoch ? asked.Offset : query.Reverse ? ulong.MaxValue : 0;
                    var read = query.Reverse ? _backward : _forward;
                    using var row = read.With(id, (long)Math.Min(since, long.MaxValue), oldestAt, query.EffectiveLimit).ExecuteReader();
                    while (row.Read())
                    {
                        bodies.Add(((ulong)row.GetInt64(0), row.GetFieldValue<byte[]>(1)));
                    }
                }

                return (top, bodies);
            }
            finally
            {
                _end.ExecuteNonQuery();
            }
        }

        public void Dispose()
        {
            foreach (var command in (ReadOnlySpan<SqliteCommand>)[_begin, _end, _stream, _forward, _backward])
            {
                command.Dispose();
            }

            connection.Dispose();
        }
    }
}
