using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Sqlite.Tests;

/// <summary>What this backplane promises beyond what all do.</summary>
public sealed class SqliteBackplaneTests : IAsyncLifetime
{
    private readonly List<IBackplane> _made = [];

    private SqliteBackplaneUnderTest Subject { get; } = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var backplane in _made)
        {
            await backplane.DisposeAsync();
        }

        await Subject.DisposeAsync();
    }

    [Fact]
    public async Task A_file_that_may_not_grow_refuses_with_a_sentence_and_accepts_again_when_old_publications_have_gone()
    {
        Subject.Options.MaxBytes = 1 << 20;
        Subject.Rule.History = new Bounds { MaxAge = TimeSpan.FromMinutes(10), MaxCount = 100_000, MaxBytes = 1 << 30 };
        var backplane = await StartAsync();
        await backplane.SubscribeAsync("news", new Listener().In("news"), CancellationToken.None);
        var accepted = 0ul;
        PublishResult result;
        while ((result = await PublishAsync(backplane, 10_000)).IsAccepted)
        {
            accepted = result.Position.Offset;
        }

        Assert.Equal(PublishOutcome.Refused, result.Outcome);
        Assert.Contains("full", result.Reason, StringComparison.Ordinal);
        Assert.InRange(accepted, 50ul, 110ul);
        Assert.Equal(accepted, (await ReadAsync(backplane)).Top.Offset);

        for (var i = 0; i < 2; i++)
        {
            Subject.Time.Advance(TimeSpan.FromMinutes(11));
            await SettleAsync(backplane);
        }

        Assert.Equal(accepted + 1, (await PublishAsync(backplane, 10_000)).Position.Offset);
        Assert.Single((await ReadAsync(backplane)).Publications);
    }

    [Fact]
    public async Task What_cannot_be_stored_is_handed_over_to_nobody_and_its_offset_is_the_next_ones()
    {
        Subject.Options.MaxBytes = 1 << 20;
        var backplane = await StartAsync();
        var listener = new Listener();
        await backplane.SubscribeAsync("news", listener.In("news"), CancellationToken.None);

        var refused = await PublishAsync(backplane, 2 << 20);
        var accepted = await PublishAsync(backplane, 10);
        await listener.UntilAsync("news", 1);

        Assert.Equal(PublishOutcome.Refused, refused.Outcome);
        Assert.Equal(1ul, accepted.Position.Offset);
        Assert.Equal([1ul], listener.OffsetsOf("news"));
    }

    [Fact]
    public async Task More_than_may_wait_for_the_disk_is_refused_and_what_waits_is_accepted()
    {
        Subject.Options.MaxWaiting = 10;
        var backplane = await StartAsync();
        using var isHeld = new SemaphoreSlim(0);
        using var goesOn = new SemaphoreSlim(0);
        var listener = new Listener
        {
            // On the thread that writes, which is held so.
            OnHeard = heard =>
            {
                if (heard.Position.Offset == 1)
                {
                    isHeld.Release();
                    goesOn.Wait(TimeSpan.FromMinutes(2));
                }
            },
        };
        await backplane.SubscribeAsync("news", listener.In("news"), CancellationToken.None);
        var first = PublishAsync(backplane, 10).AsTask();
        Assert.True(await isHeld.WaitAsync(TimeSpan.FromMinutes(2)));

        var waiting = Enumerable.Range(0, 10).Select(_ => PublishAsync(backplane, 10).AsTask()).ToArray();
        var refused = await PublishAsync(backplane, 10);
        goesOn.Release();

        Assert.Equal((PublishOutcome.Refused, "Publications come faster than the node's disk takes them."), (refused.Outcome, refused.Reason));
        Assert.Equal(1ul, (await first).Position.Offset);
        Assert.Equal(Enumerable.Range(2, 10).Select(i => (ulong)i), (await Task.WhenAll(waiting)).Select(r => r.Position.Offset));
    }

    [Fact]
    public async Task A_folder_is_one_nodes_at_a_time()
    {
        await StartAsync();

        var refused = Assert.Throws<DataException>(Make);

        Assert.Contains(Subject.Options.Folder, refused.Message, StringComparison.Ordinal);
        Assert.Contains("another node", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_damaged_foreign_or_newer_is_refused_with_a_sentence_and_left_as_it_is()
    {
        var backplane = await StartAsync();
        for (var i = 0; i < 50; i++)
        {
            await PublishAsync(backplane, 2_000);
        }

        await backplane.DisposeAsync();
        var path = Path.Combine(Subject.Options.Folder, "broadcast.db");
        var good = await File.ReadAllBytesAsync(path);

        await ExpectAsync("newer", connection => connection.Do("PRAGMA user_version = 99"));
        await ExpectAsync("none of this server", connection => connection.Do("PRAGMA application_id = 7"));
        var bad = (byte[])good.Clone();
        Array.Fill(bad, (byte)0xA5, 4_096 * 8, 4_096 * 4);
        await File.WriteAllBytesAsync(path, bad);
        Assert.Contains("damaged", Assert.Throws<DataException>(Make).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, new string('x', 10_000));
        Assert.Throws<DataException>(Make);

        async Task ExpectAsync(string word, Action<SqliteConnection> change)
        {
            await File.WriteAllBytesAsync(path, good);
            using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
            {
                connection.Open();
                change(connection);
            }

            var before = await File.ReadAllBytesAsync(path);
            Assert.Contains(word, Assert.Throws<DataException>(Make).Message, StringComparison.Ordinal);
            Assert.Equal(before, await File.ReadAllBytesAsync(path));
        }
    }

    [Fact]
    public async Task A_room_idle_for_longer_than_its_history_lasts_is_forgotten_and_comes_again_in_another_epoch_also_after_a_restart()
    {
        Subject.Rule.History = new Bounds { MaxAge = TimeSpan.FromMinutes(10) };
        var backplane = await StartAsync();
        var before = (await PublishAsync(backplane, 10)).Position;
        for (var i = 0; i < 3; i++)
        {
            Subject.Time.Advance(TimeSpan.FromMinutes(11));
            await SettleAsync(backplane);
        }

        var again = (await ReadAsync(backplane)).Top;
        await backplane.DisposeAsync();
        var after = (await PublishAsync(await StartAsync(), 10)).Position;

        Assert.NotEqual(before.Epoch, again.Epoch);
        Assert.Equal(0ul, again.Offset);
        Assert.Equal(again with { Offset = 1 }, after);
    }

    [Fact]
    public async Task More_rooms_than_a_node_may_keep_are_refused_until_one_was_forgotten()
    {
        Subject.Options.MaxRooms = 2;
        Subject.Rule.History = new Bounds { MaxAge = TimeSpan.FromMinutes(10) };
        var backplane = await StartAsync();
        await PublishAsync(backplane, 10, "a");
        await PublishAsync(backplane, 10, "b");

        Assert.Equal(PublishOutcome.Refused, (await PublishAsync(backplane, 10, "c")).Outcome);
        Assert.True((await PublishAsync(backplane, 10, "b")).IsAccepted);
        for (var i = 0; i < 3; i++)
        {
            Subject.Time.Advance(TimeSpan.FromMinutes(11));
            await SettleAsync(backplane);
        }

        Assert.True((await PublishAsync(backplane, 10, "c")).IsAccepted);
    }

    [Theory]
    [InlineData(Durability.Process, true)]
    [InlineData(Durability.Power, false)]
    public async Task Where_the_machine_ended_before_a_node_that_did_not_wait_for_the_disk_clients_are_told_by_a_new_epoch(Durability durability, bool isRenewed)
    {
        Subject.Options.Durability = durability;
        var backplane = await StartAsync();
        var before = (await PublishAsync(backplane, 10)).Position;

        // What a power cut leaves: the folder as it is now, seen from another life of the machine.
        var copy = Directory.CreateTempSubdirectory("broadcast-copy-");
        foreach (var file in Directory.GetFiles(Subject.Options.Folder).Where(f => !f.EndsWith("lock", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(copy.FullName, Path.GetFileName(file)));
        }

        await backplane.DisposeAsync();
        Subject.Options.Folder = copy.FullName;
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(copy.FullName, "broadcast.db")};Pooling=False"))
        {
            connection.Open();
            connection.Do("UPDATE facts SET value = 'another' WHERE name <> 'epoch'");
        }

        var after = await PublishAsync(await StartAsync(), 10);

        Assert.Equal(isRenewed, before.Epoch != after.Position.Epoch);
        Assert.Equal(2ul, after.Position.Offset);
        Assert.Equal(2, (await ReadAsync(_made[^1])).Publications.Count);
        await _made[^1].DisposeAsync();
        copy.Delete(recursive: true);
    }

    /// <summary>What was asked of the writing thread before is done then.</summary>
    private static async Task SettleAsync(IBackplane backplane) => await backplane.UnsubscribeAsync("nobody listens", CancellationToken.None);

    private static ValueTask<PublishResult> PublishAsync(IBackplane backplane, int bytes, string room = "news") =>
        backplane.PublishAsync(room, new Publication(new byte[bytes], ContentKind.Binary), null, CancellationToken.None);

    private static ValueTask<HistoryPage> ReadAsync(IBackplane backplane) =>
        backplane.ReadAsync("news", new HistoryQuery(null, HistoryQuery.MaxLimit), CancellationToken.None);

    private async Task<IBackplane> StartAsync()
    {
        var backplane = await Subject.CreateAsync();
        _made.Add(backplane);
        backplane.Start(() => { });
        return backplane;
    }

    private SqliteBackplane Make() =>
        new(Subject.Options, _ => Subject.Rule, Subject.Time, NullLogger<SqliteBackplane>.Instance);
}
