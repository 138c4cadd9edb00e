using System.Text;

namespace Broadcast.Testing;

/// <summary>
/// What every backplane promises, tested on a bare one. Its own test class inherits this and says how to make one. What a hub
/// makes of one that breaks is another contract.
/// </summary>
public abstract class BackplaneContract(BackplaneUnderTest subject) : IAsyncLifetime
{
    private const string Room = "news";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<IBackplane> _made = [];

    protected BackplaneUnderTest Subject => subject;

    private IBackplane Backplane { get; set; } = null!;

    private Listener Listener { get; } = new();

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync()
    {
        foreach (var backplane in _made)
        {
            await backplane.DisposeAsync();
        }

        await subject.DisposeAsync();
    }

    [Fact]
    public async Task Offsets_begin_at_1_and_rise_by_one_within_an_epoch()
    {
        await StartAsync();

        var positions = await PublishAsync(Room, 5);

        Assert.Equal(Numbers(1, 5), positions.Select(p => p.Offset));
        var epoch = Assert.Single(positions.Select(p => p.Epoch).Distinct());
        Assert.All(positions, p => Assert.True(StreamPosition.TryParse(p.ToString(), out var read) && read == p));
        Assert.Equal(epoch, (await ReadAsync(Room)).Top.Epoch);
    }

    [Fact]
    public async Task A_room_nobody_published_to_has_an_epoch_that_stays()
    {
        await StartAsync();

        var read = (await ReadAsync(Room)).Top;
        var subscribed = await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        var published = (await PublishAsync(Room, 1))[0];

        Assert.Equal(0ul, read.Offset);
        Assert.NotEmpty(read.Epoch);
        Assert.Equal(read, subscribed);
        Assert.Equal(read with { Offset = 1 }, published);
    }

    [Fact]
    public async Task Rooms_count_and_keep_for_themselves()
    {
        await StartAsync();
        await PublishAsync("a", 3);
        await PublishAsync("b", 1);

        Assert.Equal(3ul, (await ReadAsync("a")).Top.Offset);
        Assert.Equal(["b 0"], Texts(await ReadAsync("b")));
    }

    [Fact]
    public async Task What_was_published_is_handed_over_to_who_subscribed_before()
    {
        await StartAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        var positions = await PublishAsync(Room, 3);
        await PublishAsync("elsewhere", 1);

        await Listener.UntilAsync(Room, 3);

        Assert.Equal(positions, Listener.Of(Room).Select(h => h.Position));
        Assert.Equal(["news 0", "news 1", "news 2"], Listener.Of(Room).Select(h => Text(h.Publication!)));
        Assert.Empty(Listener.Of("elsewhere"));
    }

    [Fact]
    public async Task A_caller_that_does_not_wait_for_answers_keeps_his_order()
    {
        await StartAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);

        var asked = Enumerable.Range(0, 500).Select(i => PublishOneAsync(Room, $"{i}").AsTask()).ToArray();
        var answers = await Task.WhenAll(asked).WaitAsync(Patience);
        await Listener.UntilAsync(Room, 500);

        Assert.All(answers, a => Assert.True(a.IsAccepted));
        Assert.Equal(Numbers(1, 500), answers.Select(a => a.Position.Offset));
        Assert.Equal(Numbers(1, 500), Listener.OffsetsOf(Room));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), Texts(await ReadAsync(Room)));
    }

    [Fact]
    public async Task Publishers_at_the_same_time_get_distinct_offsets_without_holes_and_everybody_the_same_order()
    {
        await StartAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);

        var publishers = Enumerable.Range(0, 8).Select(p => Task.Run(async () =>
        {
            var mine = new List<(ulong, string)>();
            for (var i = 0; i < 100; i++)
            {
                mine.Add(((await PublishOneAsync(Room, $"{p}-{i}")).Position.Offset, $"{p}-{i}"));
            }

            return mine;
        }));
        var answers = (await Task.WhenAll(publishers).WaitAsync(Patience)).SelectMany(a => a).ToArray();
        await Listener.UntilAsync(Room, 800);

        var expected = answers.OrderBy(a => a.Item1).ToArray();
        Assert.Equal(Numbers(1, 800), expected.Select(a => a.Item1));
        Assert.Equal(expected, Listener.Of(Room).Select(h => (h.Position.Offset, Text(h.Publication!))));
        var history = await ReadAsync(Room);
        Assert.Equal(expected, history.Publications.Select(p => (p.Offset, Text(p.Publication))));
        for (var p = 0; p < 8; p++)
        {
            Assert.Equal(
                Enumerable.Range(0, 100).Select(i => $"{p}-{i}"),
                expected.Select(e => e.Item2).Where(t => t.StartsWith($"{p}-", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task The_same_idempotency_key_is_stored_once_and_answered_alike()
    {
        await StartAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);

        var first = await PublishOneAsync(Room, "once", "key");
        await PublishAsync(Room, 1);
        var again = await PublishOneAsync(Room, "twice", "key");
        await PublishOneAsync(Room, "end");
        await Listener.UntilAsync(Room, 3);

        Assert.Equal(first, again);
        Assert.Equal(["once", "news 0", "end"], Texts(await ReadAsync(Room)));
        Assert.Equal(Numbers(1, 3), Listener.OffsetsOf(Room));
    }

    [Fact]
    public async Task The_same_idempotency_key_many_times_at_once_is_stored_once()
    {
        await StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () => await PublishOneAsync(Room, "x", "key"))));

        Assert.Single(answers.Distinct());
        Assert.Single((await ReadAsync(Room)).Publications);
    }

    [Fact]
    public async Task Idempotency_keys_are_compared_exactly_and_per_room()
    {
        await StartAsync();
        string[] keys = ["key", "Key", "key ", new string('k', 255), new string('k', 254), "ключ", "a:b", "a"];

        foreach (var room in new[] { "a", "b", "a:b" })
        {
            foreach (var key in keys)
            {
                await PublishOneAsync(room, key, key);
                await PublishOneAsync(room, key, key);
            }

            await PublishOneAsync(room, "none");
            await PublishOneAsync(room, "none");
            Assert.Equal([.. keys, "none", "none"], Texts(await ReadAsync(room)));
        }
    }

    [Fact]
    public async Task An_idempotency_key_is_remembered_for_five_minutes_and_then_forgotten()
    {
        if (subject.Time is not { } time)
        {
            return;
        }

        await StartAsync();
        var first = await PublishOneAsync(Room, "1", "key");
        time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Equal(first, await PublishOneAsync(Room, "2", "key"));

        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2ul, (await PublishOneAsync(Room, "3", "key")).Position.Offset);
        Assert.Equal(2ul, (await PublishOneAsync(Room, "4", "key")).Position.Offset);
        Assert.Equal(["1", "3"], Texts(await ReadAsync(Room)));
    }

    [Fact]
    public async Task An_idempotency_key_is_remembered_longer_than_its_publication()
    {
        if (subject.Time is not { } time)
        {
            return;
        }

        subject.Rule.History = new Bounds { MaxAge = TimeSpan.FromSeconds(10) };
        await StartAsync();
        var first = await PublishOneAsync(Room, "1", "key");

        time.Advance(TimeSpan.FromMinutes(4));

        Assert.Equal(first, await PublishOneAsync(Room, "2", "key"));
    }

    [Fact]
    public async Task History_is_read_from_after_a_position_up_to_a_limit()
    {
        await StartAsync();
        var top = (await PublishAsync(Room, 10))[^1];

        Assert.Equal(Numbers(1, 10), Offsets(await ReadAsync(Room)));
        Assert.Equal(Numbers(1, 10), Offsets(await ReadAsync(Room, top with { Offset = 0 })));
        Assert.Equal(Numbers(5, 6), Offsets(await ReadAsync(Room, top with { Offset = 4 })));
        Assert.Equal(Numbers(5, 3), Offsets(await ReadAsync(Room, top with { Offset = 4 }, 3)));
        Assert.Equal(Numbers(1, 3), Offsets(await ReadAsync(Room, null, 3)));
        Assert.Empty(Offsets(await ReadAsync(Room, top)));
        Assert.Empty(Offsets(await ReadAsync(Room, top with { Offset = 11 })));
        Assert.Empty(Offsets(await ReadAsync(Room, top with { Offset = ulong.MaxValue })));
        Assert.Equal(top, (await ReadAsync(Room, top with { Offset = 11 })).Top);
    }

    [Fact]
    public async Task History_is_read_backwards_from_before_a_position()
    {
        await StartAsync();
        var top = (await PublishAsync(Room, 10))[^1];

        Assert.Equal(Numbers(1, 10).Reverse(), Offsets(await ReadAsync(Room, reverse: true)));
        Assert.Equal([10, 9, 8], Offsets(await ReadAsync(Room, null, 3, reverse: true)));
        Assert.Equal([4, 3], Offsets(await ReadAsync(Room, top with { Offset = 5 }, 2, reverse: true)));
        Assert.Equal([9], Offsets(await ReadAsync(Room, top, 1, reverse: true)));
        Assert.Equal([10], Offsets(await ReadAsync(Room, top with { Offset = 11 }, 1, reverse: true)));
        Assert.Equal([10], Offsets(await ReadAsync(Room, top with { Offset = ulong.MaxValue }, 1, reverse: true)));
        Assert.Empty(Offsets(await ReadAsync(Room, top with { Offset = 1 }, reverse: true)));
        Assert.Empty(Offsets(await ReadAsync(Room, top with { Offset = 0 }, reverse: true)));
    }

    [Fact]
    public async Task A_limit_of_0_gives_the_position_only_and_a_negative_one_the_most()
    {
        await StartAsync();
        var top = (await PublishAsync(Room, HistoryQuery.MaxLimit + 5))[^1];

        var position = await Backplane.ReadAsync(Room, HistoryQuery.PositionOnly, CancellationToken.None);
        Assert.Empty(position.Publications);
        Assert.Equal(top, position.Top);
        Assert.Empty(Offsets(await ReadAsync(Room, null, 0, reverse: true)));
        Assert.Equal(HistoryQuery.MaxLimit, (await ReadAsync(Room, null, -1)).Publications.Count);
        Assert.Equal(HistoryQuery.MaxLimit, (await ReadAsync(Room, null, int.MinValue)).Publications.Count);
        Assert.Equal(HistoryQuery.MaxLimit, (await ReadAsync(Room, null, int.MaxValue)).Publications.Count);
        Assert.Equal([HistoryQuery.MaxLimit + 1ul], Offsets(await ReadAsync(Room, top with { Offset = HistoryQuery.MaxLimit }, 1)));
    }

    [Fact]
    public async Task A_position_of_another_epoch_is_read_from_the_oldest_or_in_reverse_from_the_newest()
    {
        await StartAsync();
        var top = (await PublishAsync(Room, 3))[^1];

        foreach (var offset in new ulong[] { 0, 2, 3, 99, ulong.MaxValue })
        {
            var other = new StreamPosition("another", offset);
            var page = await ReadAsync(Room, other);
            Assert.Equal(top, page.Top);
            Assert.Equal(Numbers(1, 3), Offsets(page));
            Assert.Equal([3, 2], Offsets(await ReadAsync(Room, other, 2, reverse: true)));
        }
    }

    [Fact]
    public async Task A_history_keeps_the_newest_up_to_its_count()
    {
        subject.Rule.History = new Bounds { MaxCount = 10 };
        await StartAsync();
        var top = (await PublishAsync(Room, 25))[^1];

        var kept = Offsets(await ReadAsync(Room));

        AssertKept(kept, newest: 25, atLeast: 10);
        Assert.Equal(kept, Offsets(await ReadAsync(Room, top with { Offset = 0 })));
        Assert.Equal(kept, Offsets(await ReadAsync(Room, reverse: true)).Reverse());
        Assert.Equal([24, 25], Offsets(await ReadAsync(Room, top with { Offset = 23 })));
    }

    [Fact]
    public async Task A_history_keeps_the_newest_up_to_its_bytes()
    {
        var publication = new Publication(new byte[1_000], ContentKind.Binary);
        subject.Rule.History = new Bounds { MaxBytes = (10 * publication.Cost) + 1 };
        await StartAsync();
        for (var i = 0; i < 25; i++)
        {
            await Backplane.PublishAsync(Room, publication, null, CancellationToken.None);
        }

        AssertKept(Offsets(await ReadAsync(Room)), newest: 25, atLeast: 10);
    }

    [Fact]
    public async Task A_history_keeps_what_is_not_older_than_its_age_and_its_position_for_longer()
    {
        if (subject.Time is not { } time)
        {
            return;
        }

        subject.Rule.History = new Bounds { MaxAge = TimeSpan.FromMinutes(10) };
        await StartAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        await PublishAsync(Room, 5);
        time.Advance(TimeSpan.FromMinutes(6));
        var top = (await PublishAsync(Room, 5))[^1];
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(Numbers(1, 10), Offsets(await ReadAsync(Room)));

        time.Advance(TimeSpan.FromMinutes(1));
        AssertKept(Offsets(await ReadAsync(Room)), newest: 10, atLeast: 5);

        time.Advance(TimeSpan.FromMinutes(20));
        var page = await ReadAsync(Room);
        AssertKept(Offsets(page), newest: 10, atLeast: 0);
        Assert.Equal(top, page.Top);
        Assert.Equal(top with { Offset = 11 }, (await PublishAsync(Room, 1))[0]);
    }

    [Fact]
    public async Task What_is_handed_over_can_be_read_from_history_at_once()
    {
        await StartAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        var reads = new List<Task<(Heard, HistoryPage)>>();
        Listener.OnHeard = heard =>
        {
            lock (reads)
            {
                reads.Add(Task.Run(async () => (heard, await ReadAsync(Room, heard.Position with { Offset = heard.Position.Offset - 1 }, 1))));
            }
        };

        await PublishAsync(Room, 50);
        await Listener.UntilAsync(Room, 50);
        var all = Array.Empty<Task<(Heard, HistoryPage)>>();
        while (all.Length < 50)
        {
            // Who waits is told before the last one is.
            await Task.Delay(1).WaitAsync(Patience);
            lock (reads)
            {
                all = [.. reads];
            }
        }

        Assert.All(await Task.WhenAll(all).WaitAsync(Patience), r =>
        {
            Assert.Equal([r.Item1.Position.Offset], Offsets(r.Item2));
            Assert.Equal(Text(r.Item1.Publication!), Text(r.Item2.Publications[0].Publication));
        });
    }

    [Fact]
    public async Task After_the_position_that_subscribing_gives_nothing_is_missed()
    {
        await StartAsync();
        for (var round = 0; round < subject.Rounds; round++)
        {
            var room = $"race-{round}";
            var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var publishing = Task.Run(async () =>
            {
                await go.Task;
                await PublishAsync(room, 10);
            });
            var subscribing = Task.Run(async () =>
            {
                await go.Task;
                return await Backplane.SubscribeAsync(room, Listener.In(room), CancellationToken.None);
            });
            go.SetResult();
            await publishing;
            var position = await subscribing;

            var missing = Numbers(position.Offset + 1, 10 - (int)position.Offset);
            await Listener.UntilAsync(all =>
            {
                var heard = all.Where(h => h.Room == room).Select(h => h.Position.Offset).ToHashSet();
                return missing.All(heard.Contains);
            });
        }
    }

    [Fact]
    public async Task Subscribing_twice_is_as_good_as_once()
    {
        await StartAsync();
        var first = await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        await PublishAsync(Room, 1);
        var second = await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        await PublishAsync(Room, 1);
        await Listener.UntilAsync(Room, 2);

        Assert.Equal(first with { Offset = 1 }, second);
        Assert.Equal(Numbers(1, 2), Listener.OffsetsOf(Room));
    }

    [Fact]
    public async Task After_unsubscribing_handing_over_ends_soon_and_can_begin_again()
    {
        await StartAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        await Backplane.SubscribeAsync("witness", Listener.In("witness"), CancellationToken.None);
        await PublishAsync(Room, 1);
        await Listener.UntilAsync(Room, 1);

        await Backplane.UnsubscribeAsync(Room, CancellationToken.None);
        var ended = false;
        for (var i = 1; i < 100 && !ended; i++)
        {
            var position = (await PublishAsync(Room, 1))[0];
            await PublishAsync("witness", 1);
            await Listener.UntilAsync("witness", i);
            ended = !Listener.OffsetsOf(Room).Contains(position.Offset);
        }

        Assert.True(ended, "It still handed over after 100 publications.");
        var again = await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        await PublishAsync(Room, 1);
        await Listener.UntilAsync(all => all.Any(h => h.Room == Room && h.Position.Offset == again.Offset + 1));
        await Backplane.UnsubscribeAsync("never subscribed", CancellationToken.None);
    }

    [Fact]
    public async Task Notices_come_after_what_their_caller_published_before_and_are_not_stored()
    {
        await StartAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        var expected = new List<string>();
        var calls = new List<Task>();
        for (var i = 0; i < 50; i++)
        {
            calls.Add(PublishOneAsync(Room, $"{i}").AsTask());
            calls.Add(Backplane.NotifyAsync(Room, new SourceStopped($"source {i}", i % 2 == 0 ? null : "why\nnot"), CancellationToken.None).AsTask());
            expected.AddRange([$"{i}", $"source {i}"]);
        }

        await Task.WhenAll(calls).WaitAsync(Patience);
        await Listener.UntilAsync(Room, 100);

        Assert.Equal(expected, Listener.Of(Room).Select(h => h.Notice is SourceStopped s ? s.Source : Text(h.Publication!)));
        Assert.Equal(50, (await ReadAsync(Room)).Publications.Count);
    }

    [Fact]
    public async Task Every_kind_of_notice_arrives_as_it_was()
    {
        await StartAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        Notice[] notices =
        [
            new SourceStopped("machine", null),
            new SourceStopped("machine", "no \"such\" device: é\u0001"),
            new Joined("client", null),
            new Joined("client", "user"),
            new Left("client", "user"),
            new Gap(new StreamPosition("old", 7), new StreamPosition("new", ulong.MaxValue), GapReason.Epoch),
        ];

        foreach (var notice in notices)
        {
            await Backplane.NotifyAsync(Room, notice, CancellationToken.None);
        }

        await Listener.UntilAsync(Room, notices.Length);
        Assert.Equal(notices, Listener.Of(Room).Select(h => h.Notice));

        // Nobody listens, nothing happens.
        await Backplane.NotifyAsync("empty", notices[0], CancellationToken.None);
    }

    [Fact]
    public async Task Publications_arrive_and_are_kept_byte_for_byte()
    {
        await StartAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        var everyByte = Enumerable.Range(0, 256).Select(b => (byte)b).ToArray();
        var large = new byte[1 << 20];
        new Random(1).NextBytes(large);
        Publication[] publications =
        [
            new("""{"a":[1,2.50,"é\u0000"]}"""u8.ToArray(), ContentKind.Json),
            new("tëxt\r\n\0"u8.ToArray(), ContentKind.Text),
            new(everyByte, ContentKind.Binary),
            new(ReadOnlyMemory<byte>.Empty, ContentKind.Text),
            new(ReadOnlyMemory<byte>.Empty, ContentKind.Binary),
            new(everyByte.AsMemory(10, 3), ContentKind.Binary),
            new("x"u8.ToArray(), ContentKind.Text) { Key = "k:é", Event = "event", Info = new ClientInfo("c1", "user 1", "{\"a\":1}"u8.ToArray()) },
            new("x"u8.ToArray(), ContentKind.Text) { Key = "", Event = "", Info = new ClientInfo("", "") },
            new("x"u8.ToArray(), ContentKind.Text) { Tags = new Dictionary<string, string>() },
            new("x"u8.ToArray(), ContentKind.Text)
            {
                Tags = Enumerable.Range(0, PublicationLimits.MaxTags).ToDictionary(i => $"tag {i}", i => new string('v', i * 8)),
            },
            new(large, ContentKind.Binary) { Key = new string('k', 255), Event = new string('e', 255) },
        ];

        foreach (var publication in publications)
        {
            Assert.True((await Backplane.PublishAsync(Room, publication, null, CancellationToken.None)).IsAccepted);
        }

        await Listener.UntilAsync(Room, publications.Length);
        Assert.All(publications.Zip(Listener.Of(Room)), p => AssertSame(p.First, p.Second.Publication!));
        Assert.All(publications.Zip((await ReadAsync(Room)).Publications), p => AssertSame(p.First, p.Second.Publication));
    }

    [Fact]
    public async Task Every_good_name_is_a_room_of_its_own()
    {
        const string All = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/#@$-";
        string[] rooms =
        [
            All, All.ToUpperInvariant(), new string('a', RoomName.MaxLength), new string('a', RoomName.MaxLength - 1),
            new string('/', RoomName.MaxLength), "a", "A", "a:", "a:b", "a/b", "a.b", "..", ".", "/", "#", "$", "@", "-", "_", ":", "0", "a/../b",
        ];
        Assert.All(rooms, room => Assert.Null(RoomName.Refusal(room)));
        await StartAsync();

        foreach (var room in rooms)
        {
            await Backplane.SubscribeAsync(room, Listener.In(room), CancellationToken.None);
            await PublishAsync(room, 2);
        }

        foreach (var room in rooms)
        {
            await Listener.UntilAsync(room, 2);
            Assert.Equal([$"{room} 0", $"{room} 1"], Listener.Of(room).Select(h => Text(h.Publication!)));
            Assert.Equal([$"{room} 0", $"{room} 1"], Texts(await ReadAsync(room)));
        }
    }

    [Fact]
    public async Task A_call_that_was_cancelled_before_does_nothing()
    {
        await StartAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        var cancelled = new CancellationToken(true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Backplane.PublishAsync(Room, Publication.Text("x"), "key", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Backplane.NotifyAsync(Room, new SourceStopped("x", null), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Backplane.SubscribeAsync("other", Listener.In("other"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Backplane.UnsubscribeAsync(Room, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Backplane.ReadAsync(Room, HistoryQuery.PositionOnly, cancelled));

        Assert.Equal(1ul, (await PublishOneAsync(Room, "x", "key")).Position.Offset);
        await Listener.UntilAsync(Room, 1);
        Assert.NotNull(Assert.Single(Listener.Of(Room)).Publication);
    }

    [Fact]
    public async Task Calls_that_are_under_way_when_it_is_disposed_come_to_an_end()
    {
        await StartAsync();
        var started = new CountdownEvent(20);
        var disposed = false;
        var callers = Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            for (var n = 0; !Volatile.Read(ref disposed); n++)
            {
                try
                {
                    await CallAsync(n, $"room {i % 3}".Replace(' ', '-'));
                }
                catch (Exception e) when (e is BackplaneException or OperationCanceledException)
                {
                }

                if (n == 5)
                {
                    started.Signal();
                }

                await Task.Yield();
            }
        })).ToArray();
        started.Wait(Patience);

        await Backplane.DisposeAsync().AsTask().WaitAsync(Patience);
        Volatile.Write(ref disposed, true);

        await Task.WhenAll(callers).WaitAsync(Patience);
    }

    [Fact]
    public async Task Nothing_is_accepted_once_it_is_disposed()
    {
        await StartAsync();
        await Backplane.DisposeAsync();
        await Backplane.DisposeAsync();

        PublishResult? result = null;
        try
        {
            result = await PublishOneAsync(Room, "late").AsTask().WaitAsync(Patience);
        }
        catch (Exception e) when (e is BackplaneException or OperationCanceledException)
        {
        }

        Assert.NotEqual(true, result?.IsAccepted);
        await Assert.ThrowsAsync<BackplaneException>(async () => await ReadAsync(Room));
        await Assert.ThrowsAsync<BackplaneException>(async () => await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None));
    }

    [Fact]
    public async Task A_room_whose_history_was_lost_has_a_new_epoch_and_counts_from_1()
    {
        await StartAsync();
        var before = (await PublishAsync(Room, 3))[^1];
        await RestartAsync(keepData: false);

        var after = (await ReadAsync(Room, before)).Top;

        Assert.NotEqual(before.Epoch, after.Epoch);
        Assert.Equal(0ul, after.Offset);
        Assert.Equal(after with { Offset = 1 }, (await PublishAsync(Room, 1))[0]);
    }

    [Fact]
    public async Task A_room_goes_on_after_a_restart_where_it_was()
    {
        if (!subject.SurvivesRestart)
        {
            return;
        }

        await StartAsync();
        var before = (await PublishAsync(Room, 3))[^1];
        var keyed = await PublishOneAsync(Room, "keyed", "key");
        await RestartAsync(keepData: true);

        Assert.Equal(before with { Offset = 4 }, await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None));
        Assert.Equal(keyed, await PublishOneAsync(Room, "again", "key"));
        Assert.Equal(before with { Offset = 5 }, (await PublishAsync(Room, 1))[0]);
        Assert.Equal(["news 0", "news 1", "news 2", "keyed", "news 0"], Texts(await ReadAsync(Room)));
    }

    [Fact]
    [Trait("row", "S4.23")]
    [Trait("row", "S5.18")]
    public async Task Two_nodes_see_the_same()
    {
        if (!subject.SpansNodes)
        {
            return;
        }

        await StartAsync();
        var other = await subject.JoinAsync();
        _made.Add(other);
        var otherListener = new Listener();
        other.Start(() => { });
        await other.ReachedAsync();
        await Backplane.SubscribeAsync(Room, Listener.In(Room), CancellationToken.None);
        await other.SubscribeAsync(Room, otherListener.In(Room), CancellationToken.None);

        await Task.WhenAll(
            Task.Run(() => PublishAsync(Room, 100)),
            Task.Run(async () =>
            {
                for (var i = 0; i < 100; i++)
                {
                    Assert.True((await other.PublishAsync(Room, Publication.Text($"other {i}"), null, CancellationToken.None)).IsAccepted);
                }
            }));
        await other.NotifyAsync(Room, new SourceStopped("machine", null), CancellationToken.None);
        await Listener.UntilAsync(Room, 201);
        await otherListener.UntilAsync(Room, 201);

        Assert.Equal(Numbers(1, 200), Listener.OffsetsOf(Room));
        Assert.Equal(
            Listener.Of(Room).Where(h => h.Publication is not null).Select(h => (h.Position, Text(h.Publication!))),
            otherListener.Of(Room).Where(h => h.Publication is not null).Select(h => (h.Position, Text(h.Publication!))));
        Assert.Equal(
            Texts(await ReadAsync(Room)),
            Texts(await other.ReadAsync(Room, new HistoryQuery(null, HistoryQuery.MaxLimit), CancellationToken.None)));

        var first = await PublishOneAsync(Room, "once", "key");
        Assert.Equal(first, await other.PublishAsync(Room, Publication.Text("twice"), "key", CancellationToken.None));
    }

    protected static IEnumerable<ulong> Numbers(ulong from, int count) => Enumerable.Range(0, count).Select(i => from + (ulong)i);

    protected async Task<IBackplane> StartAsync()
    {
        Backplane = await subject.CreateAsync();
        _made.Add(Backplane);
        Backplane.Start(() => { });
        await Backplane.ReachedAsync();
        return Backplane;
    }

    /// <summary>One after the other; all must be accepted.</summary>
    protected async Task<List<StreamPosition>> PublishAsync(string room, int count)
    {
        var positions = new List<StreamPosition>();
        for (var i = 0; i < count; i++)
        {
            var result = await PublishOneAsync(room, $"{room} {i}");
            Assert.True(result.IsAccepted, result.Reason);
            positions.Add(result.Position);
        }

        return positions;
    }

    private ValueTask<PublishResult> PublishOneAsync(string room, string text, string? key = null) =>
        Backplane.PublishAsync(room, Publication.Text(text), key, CancellationToken.None);

    private ValueTask<HistoryPage> ReadAsync(
        string room, StreamPosition? since = null, int limit = HistoryQuery.MaxLimit, bool reverse = false) =>
        Backplane.ReadAsync(room, new HistoryQuery(since, limit, reverse), CancellationToken.None);

    private async Task RestartAsync(bool keepData)
    {
        await Backplane.DisposeAsync();
        Backplane = await subject.ReopenAsync(keepData);
        _made.Add(Backplane);
        Backplane.Start(() => { });
        await Backplane.ReachedAsync();
    }

    private async Task CallAsync(int n, string room)
    {
        switch (n % 5)
        {
            case 0:
                await PublishOneAsync(room, $"{n}", n % 2 == 0 ? $"{n}" : null);
                break;
            case 1:
                await ReadAsync(room, null, 10);
                break;
            case 2:
                await Backplane.SubscribeAsync(room, Listener.In(room), CancellationToken.None);
                break;
            case 3:
                await Backplane.NotifyAsync(room, new SourceStopped("machine", null), CancellationToken.None);
                break;
            default:
                await Backplane.UnsubscribeAsync(room, CancellationToken.None);
                break;
        }
    }

    private void AssertKept(IReadOnlyList<ulong> kept, ulong newest, int atLeast)
    {
        Assert.True(kept.Count >= atLeast, $"Only {kept.Count} are kept.");
        Assert.Equal(Numbers(newest - (ulong)kept.Count + 1, kept.Count), kept);
        if (subject.TrimsExactly)
        {
            Assert.Equal(atLeast, kept.Count);
        }
    }

    private static void AssertSame(Publication expected, Publication actual)
    {
        Assert.Equal(expected.Kind, actual.Kind);
        Assert.True(expected.Data.Span.SequenceEqual(actual.Data.Span), "The bytes differ.");
        Assert.Equal(expected.Key, actual.Key);
        Assert.Equal(expected.Event, actual.Event);
        Assert.Equal(expected.Publisher, actual.Publisher);
        Assert.Equal(
            (expected.Tags ?? new Dictionary<string, string>()).OrderBy(t => t.Key),
            (actual.Tags ?? new Dictionary<string, string>()).OrderBy(t => t.Key));
    }

    private static IReadOnlyList<ulong> Offsets(HistoryPage page) => [.. page.Publications.Select(p => p.Offset)];

    private static IReadOnlyList<string> Texts(HistoryPage page) => [.. page.Publications.Select(p => Text(p.Publication))];

    private static string Text(Publication publication) => Encoding.UTF8.GetString(publication.Data.Span);
}
