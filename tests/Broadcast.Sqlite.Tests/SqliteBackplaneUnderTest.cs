using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Sqlite.Tests;

/// <summary>Each test has a folder of its own, which goes with it.</summary>
internal sealed class SqliteBackplaneUnderTest : BackplaneUnderTest
{
    private SqliteBackplane? _last;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("broadcast-");

    public SqliteBackplaneUnderTest() => Options.Folder = _folder.FullName;

    public override ManualTime Time { get; } = new();

    public override int Rounds => 20;

    /// <summary>What is tested is what an accepted publication survives, not this machine's disk.</summary>
    public DataOptions Options { get; } = new() { Durability = Durability.Process };

    public override ValueTask<IBackplane> CreateAsync()
    {
        _last = new SqliteBackplane(Options, _ => Rule, Time, NullLogger<SqliteBackplane>.Instance);
        return ValueTask.FromResult<IBackplane>(_last);
    }

    public override async ValueTask<IBackplane> ReopenAsync(bool keepData)
    {
        // A folder is one node's at a time.
        await (_last?.DisposeAsync() ?? ValueTask.CompletedTask);
        if (!keepData)
        {
            foreach (var file in _folder.GetFiles())
            {
                file.Delete();
            }
        }

        return await CreateAsync();
    }

    public override ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return base.DisposeAsync();
    }
}
