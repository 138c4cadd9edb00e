namespace Broadcast.Core.Tests.Backplanes;

/// <summary>What the backplane of a single node promises beyond the contract: that its memory is bounded, and comes back.</summary>
public sealed class LocalBackplaneTests : IAsyncDisposable
{
    private readonly ManualTime _time = new();
    private readonly LocalBackplaneOptions _options = new();
    private readonly RoomRule _rule = new();
    private readonly Listener _listener = new();
    private LocalBackplane? _backplane;

    private LocalBackplane Backplane
    {
        get
        {
            if (_backplane is null)
            {
                _backplane = new LocalBackplane(_options, _ => _rule, _time);
                _backplane.Start(() => { });
            }

            return _backplane;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_backplane is not null)
        {
            await _backplane.DisposeAsync();
        }
    }

    [Fact]
    public async Task Beyond_the_bound_in_bytes_the_idlest_histories_are_emptied_until_a_tenth_is_free()
    {
        _options.MaxBytes = 1 << 20;
        for (var room = 0; room < 10; room++)
        {
            await PublishAsync($"room-{room}", 100_000);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, Backplane.Budget.Evictions);
        await ReadAsync("room-0");
        _time.Advance(TimeSpan.FromSeconds(1));

        var position = await PublishAsync("room-9", 100_000);

        Assert.Equal(2, Backplane.Budget.Evictions);
        Assert.InRange(Backplane.Budget.Used, 0, (1 << 20) * 9 / 10);
        Assert.Single((await ReadAsync("room-0")).Publications);
        Assert.Empty((await ReadAsync("room-1")).Publications);
        Assert.Empty((await ReadAsync("room-2")).Publications);
        Assert.Equal(2, (await ReadAsync("room-9")).Publications.Count);
        Assert.Equal(1ul, (await ReadAsync("room-1")).Top.Offset);
        Assert.Equal(2ul, position.Offset);
    }

    [Fact]
    public async Task Rooms_that_have_nothing_are_not_evicted()
    {
        _options.MaxBytes = 1 << 20;
        for (var room = 0; room < 100; room++)
        {
            await Backplane.SubscribeAsync($"empty-{room}", _listener.In($"empty-{room}"), CancellationToken.None);
        }

        await PublishAsync("a", 600_000);
        _time.Advance(TimeSpan.FromSeconds(1));
        await PublishAsync("b", 600_000);

        Assert.Equal(1, Backplane.Budget.Evictions);
    }

    [Fact]
    public async Task What_is_trimmed_is_no_longer_counted()
    {
        _rule.History = new Bounds { MaxCount = 10, MaxAge = TimeSpan.FromMinutes(10) };
        for (var i = 0; i < 100; i++)
        {
            await PublishAsync("room", 1_000, $"key {i}");
        }

        Assert.InRange(Backplane.Budget.Used, 10_000, 40_000);
        _time.Advance(TimeSpan.FromMinutes(11));

        Assert.Equal(0, Backplane.Budget.Used);
    }

    [Fact]
    public async Task Streams_nobody_listens_to_are_removed_when_their_history_has_run_out()
    {
        _rule.History = new Bounds { MaxAge = TimeSpan.FromMinutes(10) };
        await PublishAsync("idle");
        await PublishAsync("listened to");
        await Backplane.SubscribeAsync("listened to", _listener.In("listened to"), CancellationToken.None);
        var read = (await ReadAsync("only read")).Top;
        Assert.Equal(3, Backplane.StreamCount);

        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(read, (await ReadAsync("only read")).Top);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2, Backplane.StreamCount);

        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, Backplane.StreamCount);
        await Backplane.UnsubscribeAsync("listened to", CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(0, Backplane.StreamCount);
    }

    [Fact]
    public async Task A_flood_of_names_forgets_the_idlest_rooms_but_none_with_members()
    {
        _options.MaxRooms = 100;
        var kept = await Backplane.SubscribeAsync("kept", _listener.In("kept"), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 1_000; i++)
        {
            await PublishAsync($"room-{i}");
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.InRange(Backplane.StreamCount, 1, 100);
        }

        Assert.Equal(kept, (await ReadAsync("kept")).Top);
        Assert.Single((await ReadAsync("room-999")).Publications);
        Assert.Equal(0ul, (await ReadAsync("room-0")).Top.Offset);
        await PublishAsync("kept");
        Assert.Equal([1ul], _listener.OffsetsOf("kept"));
    }

    [Fact]
    public async Task A_room_that_was_forgotten_comes_again_in_another_epoch_and_no_other_room_changes_its_own()
    {
        _rule.History = new Bounds { MaxAge = TimeSpan.FromMinutes(10) };
        var listened = await Backplane.SubscribeAsync("listened to", _listener.In("listened to"), CancellationToken.None);
        var before = await PublishAsync("forgotten");
        _time.Advance(TimeSpan.FromMinutes(21));
        Assert.Equal(1, Backplane.StreamCount);

        var after = await PublishAsync("forgotten");

        Assert.NotEqual(before.Epoch, after.Epoch);
        Assert.Equal(1ul, after.Offset);
        Assert.Equal(listened, (await ReadAsync("listened to")).Top);
    }

    [Fact]
    public async Task When_all_rooms_have_members_a_new_one_is_refused()
    {
        _options.MaxRooms = 3;
        foreach (var room in new[] { "a", "b", "c" })
        {
            await Backplane.SubscribeAsync(room, _listener.In(room), CancellationToken.None);
        }

        var refused = await Backplane.PublishAsync("d", Publication.Text("x"), null, CancellationToken.None);
        Assert.Equal(PublishOutcome.Refused, refused.Outcome);
        Assert.Contains("3 rooms", refused.Reason, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BackplaneException>(async () => await Backplane.SubscribeAsync("d", _listener.In("d"), CancellationToken.None));
        await Assert.ThrowsAsync<BackplaneException>(async () => await ReadAsync("d"));

        await Backplane.UnsubscribeAsync("b", CancellationToken.None);
        Assert.True((await Backplane.PublishAsync("d", Publication.Text("x"), null, CancellationToken.None)).IsAccepted);
    }

    [Fact]
    public async Task Who_publishes_while_handing_over_gets_his_turn_after()
    {
        await Backplane.SubscribeAsync("room", _listener.In("room"), CancellationToken.None);
        _listener.OnHeard = heard =>
        {
            if (heard.Position.Offset < 5_000)
            {
                Assert.True(Backplane.PublishAsync("room", Publication.Text("x"), null, CancellationToken.None).AsTask().IsCompletedSuccessfully);
            }
        };

        await PublishAsync("room");
        await _listener.UntilAsync("room", 5_000);

        Assert.Equal(Enumerable.Range(1, 5_000).Select(i => (ulong)i), _listener.OffsetsOf("room"));
    }

    [Fact]
    public async Task Publishers_are_refused_when_too_much_waits_for_the_node_and_nothing_of_theirs_is_stored()
    {
        await Backplane.SubscribeAsync("room", _listener.In("room"), CancellationToken.None);
        using var go = new ManualResetEventSlim();
        var stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _listener.OnHeard = _ =>
        {
            stuck.TrySetResult();
            go.Wait();
        };
        var first = Task.Run(async () => await PublishAsync("room"));
        await stuck.Task;
        for (var i = 0; i < LocalStream.MaxOutbox; i++)
        {
            await PublishAsync("room", 1, $"{i}");
        }

        var refused = await Backplane.PublishAsync("room", Publication.Text("x"), "refused", CancellationToken.None);
        Assert.Equal(PublishOutcome.Refused, refused.Outcome);
        await Assert.ThrowsAsync<BackplaneException>(async () =>
            await Backplane.NotifyAsync("room", new SourceStopped("machine", null), CancellationToken.None));
        Assert.Equal(1ul + LocalStream.MaxOutbox, (await ReadAsync("room")).Top.Offset);
        Assert.True((await Backplane.PublishAsync("elsewhere", Publication.Text("x"), null, CancellationToken.None)).IsAccepted);

        go.Set();
        await first;
        await _listener.UntilAsync(all => all.Count == 1 + LocalStream.MaxOutbox);
        Assert.Equal(2ul + LocalStream.MaxOutbox, (await PublishAsync("room", 1, "refused")).Offset);
    }

    private async Task<StreamPosition> PublishAsync(string room, int bytes = 1, string? key = null)
    {
        var result = await Backplane.PublishAsync(room, new Publication(new byte[bytes], ContentKind.Binary), key, CancellationToken.None);
        Assert.True(result.IsAccepted, result.Reason);
        return result.Position;
    }

    private ValueTask<HistoryPage> ReadAsync(string room) =>
        Backplane.ReadAsync(room, new HistoryQuery(null, HistoryQuery.MaxLimit), CancellationToken.None);
}
