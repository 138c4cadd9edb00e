using Microsoft.Data.Sqlite;

namespace Broadcast.Sqlite;

/// <summary>The statements that write, and those the writing thread reads with. That thread's own.</summary>
internal sealed class Writer : IDisposable
{
    private const string Columns = "id, room, epoch, top, count, bytes, oldest_at, used_at";

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _load;
    private readonly SqliteCommand _after;
    private readonly SqliteCommand _insertStream;
    private readonly SqliteCommand _updateStream;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _oldest;
    private readonly SqliteCommand _drop;
    private readonly SqliteCommand _findKey;
    private readonly SqliteCommand _addKey;
    private readonly SqliteCommand _dropKeys;
    private bool _isCommitting;

    public Writer(SqliteConnection connection)
    {
        _connection = connection;
        _begin = connection.Prepared("BEGIN IMMEDIATE", 0);
        _commit = connection.Prepared("COMMIT", 0);
        _load = connection.Prepared($"SELECT {Columns} FROM streams WHERE room = $1", 1);
        _after = connection.Prepared($"SELECT {Columns} FROM streams WHERE id > $1 ORDER BY id LIMIT $2", 2);
        _insertStream = connection.Prepared(
            "INSERT INTO streams (room, epoch, top, count, bytes, oldest_at, used_at) VALUES ($1, $2, 0, 0, 0, 0, 0) RETURNING id", 2);
        _updateStream = connection.Prepared(
            "UPDATE streams SET top = $2, count = $3, bytes = $4, oldest_at = $5, used_at = $6 WHERE id = $1", 6);
        _insert = connection.Prepared("INSERT INTO publications (stream, offset, at, cost, body) VALUES ($1, $2, $3, $4, $5)", 5);
        _oldest = connection.Prepared("SELECT offset, at, cost FROM publications WHERE stream = $1 ORDER BY offset", 1);
        _drop = connection.Prepared("DELETE FROM publications WHERE stream = $1 AND offset < $2", 2);
        _findKey = connection.Prepared("SELECT offset FROM keys WHERE stream = $1 AND key = $2 AND at >= $3", 3);
        _addKey = connection.Prepared("INSERT OR REPLACE INTO keys (stream, key, offset, at) VALUES ($1, $2, $3, $4)", 4);
        _dropKeys = connection.Prepared("DELETE FROM keys WHERE at < $1", 1);
    }

    /// <summary>Whether the last transaction failed while it was committed: it may be in the file or not.</summary>
    public bool IsUncertain { get; private set; }

    public long CountStreams() => _connection.Ask<long>("SELECT count(*) FROM streams");

    /// <summary>When anything was written last; milliseconds since 1970.</summary>
    public long LastUse() => _connection.Ask<long>("SELECT coalesce(max(used_at), 0) FROM streams");

    /// <summary>One of the facts about the file itself, or null.</summary>
    public string? Fact(string name)
    {
        using var read = _connection.Prepared("SELECT value FROM facts WHERE name = $1", 1);
        return (string?)read.With(name).ExecuteScalar();
    }

    public void SaveFact(string name, string value)
    {
        using var save = _connection.Prepared("INSERT OR REPLACE INTO facts (name, value) VALUES ($1, $2)", 2);
        save.With(name, value).ExecuteNonQuery();
    }

    /// <summary>Waits for the disk, whatever the file's writer usually does.</summary>
    public void SaveFactOnDisk(string name, string value)
    {
        _connection.Do("PRAGMA synchronous = FULL");
        SaveFact(name, value);
        _connection.Do("PRAGMA synchronous = NORMAL");
    }

    public void DropFact(string name)
    {
        using var drop = _connection.Prepared("DELETE FROM facts WHERE name = $1", 1);
        drop.With(name).ExecuteNonQuery();
    }

    /// <summary>Every room goes on in another epoch.</summary>
    public void RenewEpochs(string epoch)
    {
        using var renew = _connection.Prepared("UPDATE streams SET epoch = $1", 1);
        renew.With(epoch).ExecuteNonQuery();
    }

    public void Begin()
    {
        (IsUncertain, _isCommitting) = (false, false);
        _begin.ExecuteNonQuery();
    }

    public void Commit()
    {
        _isCommitting = true;
        _commit.ExecuteNonQuery();
    }

    /// <summary>After a failure, whatever it was.</summary>
    /// <param name="failure">A full disk and a read-only file are found before anything is decided; another failure of a commit leaves it open.</param>
    public void RollBack(SqliteException? failure)
    {
        const int Busy = 5, ReadOnly = 8, Full = 13;
        IsUncertain = _isCommitting && failure?.SqliteErrorCode is not (Busy or ReadOnly or Full);
        try
        {
            _connection.Do("ROLLBACK");
        }
        catch (SqliteException)
        {
            // It never began, or SQLite has rolled it back already.
        }
    }

    public StoredStream? Load(string room)
    {
        using var row = _load.With(room).ExecuteReader();
        return row.Read() ? Read(row) : null;
    }

    /// <summary>Streams by id, so that all can be looked after a few at a time.</summary>
    public List<StoredStream> After(long id, int limit)
    {
        var streams = new List<StoredStream>();
        using var row = _after.With(id, limit).ExecuteReader();
        while (row.Read())
        {
            streams.Add(Read(row));
        }

        return streams;
    }

    /// <summary>Gives a stream its row.</summary>
    public void Insert(StoredStream stream) => stream.Id = (long)_insertStream.With(stream.Room, stream.Epoch).ExecuteScalar()!;

    public void Update(StoredStream stream)
    {
        var extent = stream.Extent;
        _updateStream.With(stream.Id, (long)extent.Top, extent.Count, extent.Bytes, extent.OldestAt, stream.UsedAt).ExecuteNonQuery();
    }

    public void Insert(StoredStream stream, ulong offset, long at, int cost, byte[] body) =>
        _insert.With(stream.Id, (long)offset, at, cost, body).ExecuteNonQuery();

    public ulong? FindKey(StoredStream stream, string key, long notBefore) =>
        _findKey.With(stream.Id, key, notBefore).ExecuteScalar() is long offset ? (ulong)offset : null;

    public void AddKey(StoredStream stream, string key, ulong offset, long at) =>
        _addKey.With(stream.Id, key, (long)offset, at).ExecuteNonQuery();

    public void DropKeys(long before) => _dropKeys.With(before).ExecuteNonQuery();

    /// <summary>Drops the oldest until the rest is within bounds.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public void Trim(StoredStream stream, Bounds bounds, long now)
    {
        if (!stream.Extent.Exceeds(bounds, now))
        {
            return;
        }

        using (var row = _oldest.With(stream.Id).ExecuteReader())
        {
            var left = stream.Extent;
            var isWithin = false;
            while (!isWithin && row.Read())
            {
                left = left with { OldestAt = row.GetInt64(1) };
                isWithin = !left.Exceeds(bounds, now);
                left = isWithin ? left : left with { Count = left.Count - 1, Bytes = left.Bytes - row.GetInt64(2) };
            }

            stream.Extent = isWithin ? left : left with { Count = 0, Bytes = 0 };
        }

        _drop.With(stream.Id, (long)stream.Extent.Oldest).ExecuteNonQuery();
    }

    /// <summary>All of it goes.</summary>
    public void Forget(StoredStream stream)
    {
        foreach (var table in (ReadOnlySpan<string>)["publications", "keys"])
        {
            using var drop = _connection.Prepared($"DELETE FROM {table} WHERE stream = $1", 1);
            drop.With(stream.Id).ExecuteNonQuery();
        }

        using var forget = _connection.Prepared("DELETE FROM streams WHERE id = $1", 1);
        forget.With(stream.Id).ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var command in (ReadOnlySpan<SqliteCommand>)[
            _begin, _commit, _load, _after, _insertStream, _updateStream, _insert, _oldest, _drop, _findKey, _addKey, _dropKeys])
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private static StoredStream Read(SqliteDataReader row)
    {
        var extent = new Extent((ulong)row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6));
        return new StoredStream(row.GetString(1), row.GetString(2))
        {
            Id = row.GetInt64(0), Extent = extent, Saved = extent, HandedOver = extent.Top, UsedAt = row.GetInt64(7), SavedUsedAt = row.GetInt64(7),
        };
    }
}
