using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Broadcast.Sqlite;

/// <summary>The database in the data folder: kept from other nodes, checked, and of this version. Any thread may ask it for connections.</summary>
internal sealed class DataFile : IDisposable
{
    private const string FileName = "broadcast.db";
    private const string LockName = "lock";

    /// <summary>Says that a file is one of this server: "Brdc".</summary>
    private const int ApplicationId = 0x42726463;

    private const int Version = 1;

    // Times are milliseconds since 1970. A stream's bounds stand with it, so that nothing is counted when it is loaded.
    private const string Schema = """
        CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE streams (
            id INTEGER PRIMARY KEY, room TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
            top INTEGER NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL, oldest_at INTEGER NOT NULL, used_at INTEGER NOT NULL) STRICT;
        CREATE TABLE publications (
            stream INTEGER NOT NULL, offset INTEGER NOT NULL, at INTEGER NOT NULL, cost INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (stream, offset)) STRICT, WITHOUT ROWID;
        CREATE TABLE keys (
            stream INTEGER NOT NULL, key TEXT NOT NULL, offset INTEGER NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (stream, key)) STRICT, WITHOUT ROWID;
        CREATE INDEX keys_by_age ON keys (at);
        """;

    private readonly string _path;
    private readonly DataOptions _options;
    private readonly FileStream _claim;

    private DataFile(string path, DataOptions options, FileStream claim) => (_path, _options, _claim) = (path, options, claim);

    /// <exception cref="DataException">The folder or the file cannot be used.</exception>
    public static DataFile Open(DataOptions options, ILogger logger)
    {
        var folder = Path.GetFullPath(options.Folder);
        var file = new DataFile(Path.Combine(folder, FileName), options, Claim(folder));
        try
        {
            var begun = Stopwatch.GetTimestamp();
            using var connection = file.ConnectAsItIs();
            file.Check(connection);

            // From here on it is ours. The file remembers the mode.
            if (connection.Ask<string>("PRAGMA journal_mode = WAL") is var mode and not "wal")
            {
                throw new DataException($"{file._path} cannot have a write-ahead log here (SQLite answers {mode}); the folder must be on a local disk.");
            }

            Log.Opened(logger, file._path, (long)Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            return file;
        }
        catch (SqliteException e)
        {
            const int Corrupt = 11, NotADatabase = 26;
            file.Dispose();
            throw e.SqliteErrorCode is Corrupt or NotADatabase ? file.Damaged(e.Message) : new DataException($"{file._path} cannot be used: {e.Message}", e);
        }
        catch (DataException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <returns>An open connection; the caller's to dispose of. One of all of them writes.</returns>
    public SqliteConnection Connect()
    {
        var connection = ConnectAsItIs();

        // With a write-ahead log, FULL waits for the disk at each commit, NORMAL only when the log is folded in.
        connection.Do(_options.Durability == Durability.Power ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
        if (_options.MaxBytes > 0)
        {
            var pages = Math.Max(1, _options.MaxBytes / connection.Ask<long>("PRAGMA page_size"));
            connection.Do($"PRAGMA max_page_count = {pages}");
        }

        return connection;
    }

    public void Dispose() => _claim.Dispose();

    private SqliteConnection ConnectAsItIs()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = _path, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>Held as long as the process lives, however it ends.</summary>
    private static FileStream Claim(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DataException($"The data folder {folder} cannot be written to.", e);
        }
        catch (IOException e)
        {
            throw File.Exists(Path.Combine(folder, LockName))
                ? new DataException($"The data folder {folder} is in use by another node.", e)
                : new DataException($"The data folder {folder} cannot be used: {e.Message}", e);
        }
    }

    private void Check(SqliteConnection connection)
    {
        var version = connection.Ask<long>("PRAGMA user_version");
        if (version == 0 && connection.Ask<long>("SELECT count(*) FROM sqlite_schema") == 0)
        {
            connection.Do($"BEGIN; {Schema} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}; COMMIT");
            return;
        }

        if (connection.Ask<long>("PRAGMA application_id") != ApplicationId)
        {
            throw new DataException($"{_path} is a database, but none of this server.");
        }

        if (version > Version)
        {
            throw new DataException($"{_path} was written by a newer server (form {version}); this one reads up to form {Version}.");
        }

        if (connection.Ask<string>("PRAGMA quick_check(1)") is var fault and not "ok")
        {
            throw Damaged(fault);
        }
    }

    private DataException Damaged(string fault) => new($"{_path} is damaged ({fault}). Put a copy in its place, or move it away to begin without histories.");
}
