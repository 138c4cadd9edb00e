using System.Globalization;
using System.Text;

namespace Broadcast.Redis.Tests;

/// <summary>What this backplane promises beyond what all do, on a server that is stopped, restarted, emptied and full.</summary>
public sealed class RedisBackplaneTests : IAsyncLifetime
{
    private const string Room = "news";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<RedisBackplane> _made = [];
    private readonly RecordingLogger _logger = new();
    private readonly Listener _listener = new();
    private readonly RoomRule _rule = new();
    private int _mayHaveLost;

    private RedisServer Server { get; set; } = null!;

    /// <summary>A busy machine takes its time to answer, too.</summary>
    private RedisOptions Options { get; } = new() { Settle = TimeSpan.Zero, Timeout = TimeSpan.FromMinutes(1) };

    public async Task InitializeAsync()
    {
        Server = await RedisServer.StartAsync();
        Options.Servers = [Server.Address];
    }

    public async Task DisposeAsync()
    {
        foreach (var backplane in _made)
        {
            await backplane.DisposeAsync();
        }

        await Server.DisposeAsync();
    }

    [Fact]
    public async Task A_server_that_is_restarted_with_its_data_costs_nothing_and_is_heard_again()
    {
        var backplane = await ListeningAsync();
        var before = await AcceptedAsync(backplane, "1");
        await Server.StopAsync();
        Assert.Equal(PublishOutcome.Refused, (await RefusedAsync(backplane)).Outcome);

        await Server.RunAgainAsync(keepData: true);
        var after = await AcceptedAsync(backplane, "2");

        Assert.Equal(before.Offset + 1, after.Offset);
        Assert.Equal(before.Epoch, after.Epoch);
        await _listener.UntilAsync(all => all.Any(h => h.Position == after));
        Assert.Equal(["1", "2"], Texts(await ReadAsync(backplane)));
    }

    [Fact]
    public async Task A_server_that_is_restarted_without_its_data_begins_another_epoch()
    {
        var backplane = await ListeningAsync();
        var before = await AcceptedAsync(backplane, "1");
        await Server.KillAsync();
        await UntilAsync(() => !backplane.IsReachable);
        await Server.RunAgainAsync(keepData: false);

        var after = await AcceptedAsync(backplane, "2");

        Assert.NotEqual(before.Epoch, after.Epoch);
        Assert.Equal(1ul, after.Offset);
        await _listener.UntilAsync(all => all.Any(h => h.Position == after));
    }

    [Fact]
    public async Task Rooms_are_told_to_compare_when_the_connection_is_back()
    {
        var backplane = await ListeningAsync();
        await AcceptedAsync(backplane, "1");
        var told = Volatile.Read(ref _mayHaveLost);

        await Server.AskAsync("CLIENT KILL TYPE pubsub");

        await UntilAsync(() => Volatile.Read(ref _mayHaveLost) > told);
        var after = await AcceptedAsync(backplane, "2");
        await _listener.UntilAsync(all => all.Any(h => h.Position == after));
    }

    [Fact]
    public async Task A_position_that_was_seen_is_not_given_again_though_the_server_lost_it()
    {
        var backplane = await ListeningAsync();
        for (var i = 1; i <= 5; i++)
        {
            await AcceptedAsync(backplane, $"{i}");
        }

        await _listener.UntilAsync(Room, 5);
        await LoseAfterAsync(2);

        var after = await AcceptedAsync(backplane, "6");

        Assert.Equal(6ul, after.Offset);
        Assert.Equal([6ul], (await ReadAsync(backplane)).Publications.Select(p => p.Offset));
        Assert.Contains(_logger.Lines, l => l.Text.Contains("goes on after 5", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_with_data_is_not_published_to_before_other_nodes_had_the_time_to_tell_what_they_saw()
    {
        Options.Settle = TimeSpan.FromSeconds(2);
        var backplane = await ListeningAsync();
        var top = await AcceptedAsync(backplane, "1");
        await Server.StopAsync();
        await UntilAsync(() => !backplane.IsReachable);
        await Server.RunAgainAsync(keepData: true);

        var after = await AcceptedAsync(backplane, "2");

        Assert.InRange(await UptimeAsync(), 2, int.MaxValue);
        Assert.Equal(top.Offset + 1, after.Offset);
    }

    [Fact]
    public async Task A_server_that_knows_the_scripts_no_longer_is_looked_at_anew()
    {
        var backplane = await ListeningAsync();
        await AcceptedAsync(backplane, "1");
        await Server.AskAsync("SCRIPT FLUSH");

        var refused = await PublishAsync(backplane, "2");
        var after = await AcceptedAsync(backplane, "3");

        Assert.Equal(PublishOutcome.Refused, refused.Outcome);
        Assert.Equal(2ul, after.Offset);
        Assert.Equal(["1", "3"], Texts(await ReadAsync(backplane)));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_leaves_the_outcome_unknown_and_is_left()
    {
        Options.Timeout = TimeSpan.FromSeconds(15);
        var backplane = await ListeningAsync();
        await AcceptedAsync(backplane, "1");
        await Server.PauseAsync();
        try
        {
            Assert.Equal(PublishOutcome.Unknown, (await PublishAsync(backplane, "2", "key")).Outcome);
            Assert.Equal(PublishOutcome.Refused, (await RefusedAsync(backplane)).Outcome);
            await Assert.ThrowsAsync<BackplaneException>(async () => await ReadAsync(backplane));
        }
        finally
        {
            await Server.ContinueAsync();
        }

        await AcceptedAsync(backplane, "2", "key");

        Assert.Equal(["1", "2"], Texts(await ReadAsync(backplane)).Where(text => text != "never"));
    }

    [Fact]
    public async Task More_publications_than_may_wait_are_refused()
    {
        Options.MaxPublishing = 10;
        var backplane = await ListeningAsync();
        await AcceptedAsync(backplane, "1");
        await Server.PauseAsync();
        List<Task<PublishResult>> under;
        PublishResult beyond;
        try
        {
            under = [.. Enumerable.Range(0, 10).Select(i => PublishAsync(backplane, $"{i}").AsTask())];
            beyond = await PublishAsync(backplane, "beyond");
        }
        finally
        {
            await Server.ContinueAsync();
        }

        Assert.Equal(PublishOutcome.Refused, beyond.Outcome);
        Assert.Contains("faster", beyond.Reason, StringComparison.Ordinal);
        Assert.All(await Task.WhenAll(under).WaitAsync(Patience), r => Assert.True(r.IsAccepted));
        await AcceptedAsync(backplane, "again");
    }

    [Fact]
    public async Task Hand_overs_that_do_not_fit_are_dropped_and_rooms_compare()
    {
        Options.MaxWaiting = 10;
        using var isHeld = new SemaphoreSlim(0);
        using var goesOn = new SemaphoreSlim(0);
        var hold = true;
        _listener.OnHeard = _ =>
        {
            if (hold)
            {
                hold = false;
                isHeld.Release();
                goesOn.Wait(Patience);
            }
        };
        var backplane = await ListeningAsync();
        using var dropped = new CountOf(backplane.Meter, "broadcast.redis_dropped");
        var told = Volatile.Read(ref _mayHaveLost);
        await AcceptedAsync(backplane, "0");
        Assert.True(await isHeld.WaitAsync(Patience));
        for (var i = 1; i <= 50; i++)
        {
            await AcceptedAsync(backplane, $"{i}");
        }

        await UntilAsync(() => dropped.Value >= 50 - Options.MaxWaiting);
        goesOn.Release();

        await UntilAsync(() => Volatile.Read(ref _mayHaveLost) > told);
        Assert.InRange(_listener.OffsetsOf(Room).Length, 1, 30);
    }

    [Fact]
    public async Task A_server_without_memory_refuses_with_a_sentence_and_accepts_again()
    {
        var backplane = await ListeningAsync();
        await AcceptedAsync(backplane, "1");
        await Server.AskAsync("CONFIG SET maxmemory 1");

        var refused = await PublishAsync(backplane, "2");
        await Server.AskAsync("CONFIG SET maxmemory 0");
        var accepted = await AcceptedAsync(backplane, "3");

        Assert.Equal((PublishOutcome.Refused, "Redis has no memory left for publications."), (refused.Outcome, refused.Reason));
        Assert.Equal(2ul, accepted.Offset);
        Assert.Single(_logger.Lines, l => l.Text.Contains("refuses publications", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_became_a_replica_refuses()
    {
        await using var master = await RedisServer.StartAsync();
        var backplane = await ListeningAsync();
        await AcceptedAsync(backplane, "1");

        await Server.AskAsync($"REPLICAOF 127.0.0.1 {master.Port}");
        var refused = await PublishAsync(backplane, "2");
        await Server.AskAsync("REPLICAOF NO ONE");

        Assert.Equal(PublishOutcome.Refused, refused.Outcome);
        await AcceptedAsync(backplane, "3");
    }

    [Fact]
    public async Task A_server_that_is_not_there_at_the_start_is_used_when_it_comes()
    {
        await Server.StopAsync();
        var backplane = Start();
        Assert.False(backplane.IsReachable);
        Assert.Equal(PublishOutcome.Refused, (await PublishAsync(backplane, "1")).Outcome);
        await Assert.ThrowsAsync<BackplaneException>(async () => await backplane.SubscribeAsync(Room, _listener.In(Room), CancellationToken.None));

        await Server.RunAgainAsync(keepData: true);

        Assert.Equal(1ul, (await AcceptedAsync(backplane, "1")).Offset);
        Assert.True(backplane.IsReachable);
    }

    [Fact]
    public async Task A_password_is_needed_where_one_is_set()
    {
        await using var locked = await RedisServer.StartAsync("--requirepass", "secret");
        Options.Servers = [locked.Address];
        var without = Start();
        Options.Password = "secret";
        var with = Start();

        Assert.Equal(PublishOutcome.Refused, (await PublishAsync(without, "1")).Outcome);
        await AcceptedAsync(with, "1");
        Assert.Contains(_logger.Lines, l => l.Text.Contains("cannot be reached", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Systems_with_different_prefixes_do_not_see_each_other()
    {
        var ours = await ListeningAsync();
        Options.Prefix = "theirs";
        var theirs = Start();

        await AcceptedAsync(theirs, "theirs");
        var accepted = await AcceptedAsync(ours, "ours");
        await _listener.UntilAsync(Room, 1);

        Assert.Equal(1ul, accepted.Offset);
        Assert.Equal(["ours"], _listener.Of(Room).Select(h => Encoding.UTF8.GetString(h.Publication!.Data.Span)));
        Assert.Equal(["theirs"], Texts(await ReadAsync(theirs)));
    }

    [Fact]
    public async Task Rooms_are_spread_over_several_servers_and_those_of_one_live_without_the_other()
    {
        await using var second = await RedisServer.StartAsync();
        Options.Servers = [Server.Address, second.Address];
        var backplane = Start();
        Options.Servers = [second.Address, Server.Address];
        var other = Start();
        string[] rooms = [.. Enumerable.Range(0, 40).Select(i => $"room-{i}")];

        foreach (var room in rooms)
        {
            await SubscribeAsync(other, room);
            await AcceptedAsync(backplane, room, room: room);
        }

        await _listener.UntilAsync(all => all.Count == rooms.Length);
        Assert.InRange(int.Parse((await second.AskAsync("DBSIZE"))[1..], CultureInfo.InvariantCulture), 20, 70);

        await second.StopAsync();
        await UntilAsync(async () => (await OutcomesAsync(backplane, rooms)).Contains(PublishOutcome.Refused));
        Assert.Contains(PublishOutcome.Accepted, await OutcomesAsync(backplane, rooms));
        await second.RunAgainAsync(keepData: true);
        await UntilAsync(async () => (await OutcomesAsync(backplane, rooms)).All(o => o == PublishOutcome.Accepted));
    }

    [Fact]
    public async Task A_history_goes_from_the_server_when_it_is_as_old_as_the_rule_says_and_its_position_a_day_later()
    {
        _rule.History = new Bounds { MaxAge = TimeSpan.FromHours(16) };
        var backplane = Start();
        await AcceptedAsync(backplane, "1");
        await AcceptedAsync(backplane, "2");

        Assert.InRange(await LifeAsync("history"), TimeSpan.FromHours(16), TimeSpan.FromHours(17));
        Assert.InRange(await LifeAsync("head"), TimeSpan.FromHours(40), TimeSpan.FromHours(41));

        // As if that time had passed.
        await Server.AskAsync($"DEL broadcast:history:{Room}");
        await Server.AskAsync($"HSET broadcast:head:{Room} dies 1");
        Assert.Empty((await ReadAsync(backplane)).Publications);
        Assert.Equal(3ul, (await AcceptedAsync(backplane, "3")).Offset);
        Assert.Equal([3ul], (await ReadAsync(backplane)).Publications.Select(p => p.Offset));
        Assert.Equal(":1", await Server.AskAsync($"HEXISTS broadcast:head:{Room} count"));
    }

    [Fact]
    public async Task A_history_never_has_more_than_two_spans_beyond_its_bounds()
    {
        _rule.History = new Bounds { MaxCount = 160 };
        var backplane = Start();
        for (var i = 0; i < 1_000; i++)
        {
            await AcceptedAsync(backplane, $"{i}");
        }

        var kept = (await ReadAsync(backplane)).Publications;

        Assert.InRange(kept.Count, 160, 180);
        Assert.Equal(1_000ul, kept[^1].Offset);
        Assert.InRange(int.Parse((await Server.AskAsync($"XLEN broadcast:history:{Room}"))[1..], CultureInfo.InvariantCulture), 160, 180);
    }

    [Fact]
    public async Task Ten_thousand_who_resume_together_cost_a_handful_of_reads()
    {
        await using var node = new FaultyNode(Make(), _rule);
        await node.PublishAsync(Room, 300);
        var first = (await node.Backplane.ReadAsync(Room, new HistoryQuery(null, 1), CancellationToken.None)).Top with { Offset = 1 };
        var before = node.Backplane.Reads;

        for (var i = 0; i < 10_000; i++)
        {
            node.Join(Room, JoinAt.After(first));
        }

        await node.PumpUntilAsync(() => node.Clients.All(c => c.In(Room)?.Position.Offset == 300));

        // The blocks the first one read serve the others; the clock goes on meanwhile, and each few seconds nodes look where rooms stand.
        Assert.InRange(node.Backplane.Reads - before, 1, 50);
        Assert.All(node.Clients.Where((_, i) => i % 100 == 0), c => Assert.Equal(299, c.Publications(Room).Count()));
    }

    /// <summary>As a crash of the server does that had saved only so many.</summary>
    private async Task LoseAfterAsync(int offset)
    {
        await Server.AskAsync($"HSET broadcast:head:{Room} offset {offset}");
        await Server.AskAsync($"XTRIM broadcast:history:{Room} MAXLEN 0");
        await Server.AskAsync("SCRIPT FLUSH");
    }

    /// <summary>With the options as they are now: a test may change them for the next one.</summary>
    private RedisBackplane Make()
    {
        var options = new RedisOptions
        {
            Servers = [.. Options.Servers],
            Password = Options.Password,
            Prefix = Options.Prefix,
            Timeout = Options.Timeout,
            Settle = Options.Settle,
            MaxPublishing = Options.MaxPublishing,
            MaxWaiting = Options.MaxWaiting,
        };
        return new RedisBackplane(options, _ => _rule, new LoggerOf<RedisBackplane>(_logger));
    }

    private RedisBackplane Start()
    {
        var backplane = Make();
        _made.Add(backplane);
        backplane.Start(() => Interlocked.Increment(ref _mayHaveLost));
        return backplane;
    }

    /// <summary>Returns when it listens, and has said that hand-overs may have been lost before it did.</summary>
    private async Task<RedisBackplane> ListeningAsync()
    {
        var told = Volatile.Read(ref _mayHaveLost);
        var backplane = Start();
        await SubscribeAsync(backplane, Room);
        await UntilAsync(() => Volatile.Read(ref _mayHaveLost) > told);
        return backplane;
    }

    /// <summary>Again and again, until it listens: a busy machine may not reach the server at the first attempt.</summary>
    private Task SubscribeAsync(RedisBackplane backplane, string room) => UntilAsync(async () =>
    {
        try
        {
            await backplane.SubscribeAsync(room, _listener.In(room), CancellationToken.None);
            return true;
        }
        catch (BackplaneException)
        {
            return false;
        }
    });

    private static ValueTask<PublishResult> PublishAsync(RedisBackplane backplane, string text, string? key = null, string room = Room) =>
        backplane.PublishAsync(room, Publication.Text(text), key, CancellationToken.None);

    /// <summary>Again and again, until it is accepted; never after an unknown outcome without a key.</summary>
    private static async Task<StreamPosition> AcceptedAsync(RedisBackplane backplane, string text, string? key = null, string room = Room)
    {
        PublishResult result = default;
        await UntilAsync(async () =>
        {
            result = await PublishAsync(backplane, text, key, room);
            Assert.True(key is not null || result.Outcome != PublishOutcome.Unknown, result.Reason);
            return result.IsAccepted;
        });
        return result.Position;
    }

    private static async Task<PublishResult> RefusedAsync(RedisBackplane backplane)
    {
        PublishResult result = default;
        await UntilAsync(async () => (result = await PublishAsync(backplane, "never", "never")).Outcome == PublishOutcome.Refused);
        return result;
    }

    private static async Task<PublishOutcome[]> OutcomesAsync(RedisBackplane backplane, string[] rooms) =>
        await Task.WhenAll(rooms.Select(async room => (await PublishAsync(backplane, "x", room: room)).Outcome));

    private static ValueTask<HistoryPage> ReadAsync(RedisBackplane backplane) =>
        backplane.ReadAsync(Room, new HistoryQuery(null, HistoryQuery.MaxLimit), CancellationToken.None);

    private static IEnumerable<string> Texts(HistoryPage page) => page.Publications.Select(p => Encoding.UTF8.GetString(p.Publication.Data.Span));

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            await Task.Delay(20, patience.Token);
        }
    }

    private async Task<TimeSpan> LifeAsync(string kind) =>
        TimeSpan.FromMilliseconds(long.Parse((await Server.AskAsync($"PTTL broadcast:{kind}:{Room}"))[1..], CultureInfo.InvariantCulture));

    private async Task<int> UptimeAsync()
    {
        var line = (await Server.AskTextAsync("INFO server")).Split('\n').Single(l => l.StartsWith("uptime_in_seconds:", StringComparison.Ordinal));
        return int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }
}
