using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Testing;

/// <summary>
/// What a hub makes of a backplane that breaks: whatever happens, every subscriber gets each accepted publication exactly once and in
/// order, or is told of the gap. Each backplane's own test class inherits it, since each is asked differently.
/// </summary>
public abstract class FaultsContract(BackplaneUnderTest subject) : IAsyncLifetime
{
    private const string Room = "news";

    private static readonly TimeSpan Comparing = TimeSpan.FromSeconds(6);

    protected BackplaneUnderTest Subject => subject;

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual async Task DisposeAsync() => await subject.DisposeAsync();

    [Fact]
    public Task Without_faults_everybody_gets_everything() => OnNodeAsync(async node =>
    {
        await node.JoinedAsync(Room);
        await node.PublishAsync(Room, 20);
        await node.JoinedAsync(Room, JoinAt.Start);
        await node.PublishAsync(Room, 20);

        Assert.Empty(await node.SettledAsync(Room));
        Assert.Equal(40, node.Clients[0].Publications(Room).Count());
        Assert.Equal(40, node.Clients[1].Publications(Room).Count());
    });

    [Fact]
    public Task Lost_hand_overs_are_found_in_history_when_the_next_one_comes() => OnNodeAsync(async node =>
    {
        var client = await node.JoinedAsync(Room);
        node.Backplane.OnHandOver = p => p.Offset % 3 == 0 ? HandOverFault.None : HandOverFault.Lost;

        await node.PublishAsync(Room, 30);

        Assert.Empty(await node.SettledAsync(Room));
        Assert.Equal(30, client.Publications(Room).Count());
    });

    [Fact]
    public Task A_lost_last_message_is_found_by_comparing_positions() => OnNodeAsync(async node =>
    {
        var client = await node.JoinedAsync(Room);
        node.Backplane.OnHandOver = p => p.Offset < 3 ? HandOverFault.None : HandOverFault.Lost;
        await node.PublishAsync(Room, 3);

        node.Pass(Comparing);
        await node.PumpUntilAsync(() => client.Publications(Room).Count() == 3);

        Assert.Empty(await node.SettledAsync(Room));
    });

    [Fact]
    public Task Positions_are_compared_at_once_when_hand_overs_may_have_been_lost() => OnNodeAsync(async node =>
    {
        var client = await node.JoinedAsync(Room);
        node.Backplane.OnHandOver = _ => HandOverFault.Lost;
        await node.PublishAsync(Room, 3);

        node.Backplane.MayHaveLost();
        await node.UntilAsync(() => client.Publications(Room).Count() == 3);

        Assert.Empty(await node.SettledAsync(Room));
    });

    [Fact]
    public Task Repeated_hand_overs_are_told_once() => OnNodeAsync(async node =>
    {
        var client = await node.JoinedAsync(Room);
        node.Backplane.OnHandOver = _ => HandOverFault.Repeated;

        await node.PublishAsync(Room, 20);

        Assert.Empty(await node.SettledAsync(Room));
        Assert.Equal(20, client.Publications(Room).Count());
    });

    [Fact]
    public Task Hand_overs_that_come_late_and_in_another_order_are_told_in_the_right_one() => OnNodeAsync(async node =>
    {
        await node.JoinedAsync(Room);
        node.Backplane.OnHandOver = p => p.Offset % 4 == 1 ? HandOverFault.None : HandOverFault.Held;
        for (var i = 0; i < 5; i++)
        {
            await node.PublishAsync(Room, 7);
            node.Backplane.LetGo();
        }

        Assert.Empty(await node.SettledAsync(Room));
    });

    [Fact]
    public Task A_hole_is_filled_however_often_reading_fails() => OnNodeAsync(async node =>
    {
        await node.JoinedAsync(Room);
        node.Backplane.OnHandOver = p => p.Offset == 2 ? HandOverFault.Lost : HandOverFault.None;
        node.Backplane.FailingReads = 20;
        await node.PublishAsync(Room, 5);

        await node.PumpUntilAsync(() => node.Backplane.FailingReads <= 0);

        Assert.Empty(await node.SettledAsync(Room));
        Assert.Contains(node.Logger.Lines, l => l.Text.Contains(Room, StringComparison.Ordinal));
    });

    [Fact]
    public Task Who_resumes_while_reading_fails_gets_everything_once_it_works_again() => OnNodeAsync(async node =>
    {
        await node.PublishAsync(Room, 5);
        node.Backplane.FailingReads = 3;
        var client = node.Join(Room, JoinAt.Start);

        Assert.Empty(await node.SettledAsync(Room));
        Assert.Equal(5, client.Publications(Room).Count());
    });

    [Fact]
    public Task Who_joins_while_the_backplane_cannot_listen_is_told_to_come_again_and_can() => OnNodeAsync(async node =>
    {
        node.Backplane.FailingSubscribes = 1;
        var early = node.Join(Room);
        await node.PumpUntilAsync(() => early.Ended is not null);
        Assert.Equal(Disconnect.ServerError.Code, early.Ended!.Code);

        await node.JoinedAsync(Room);
        await node.PublishAsync(Room, 3);

        Assert.Empty(await node.SettledAsync(Room));
        Assert.Equal(3, node.Clients[1].Publications(Room).Count());
    });

    [Fact]
    public Task What_is_repeated_after_an_unknown_outcome_is_told_once() => OnNodeAsync(async node =>
    {
        var client = await node.JoinedAsync(Room);
        PublishFault[] faults = [PublishFault.None, PublishFault.UnknownButStored, PublishFault.UnknownAndLost, PublishFault.Refused];
        node.Backplane.OnPublish = n => faults[n % 4];

        await node.PublishAsync(Room, 20);

        Assert.Empty(await node.SettledAsync(Room));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), client.Publications(Room));
    });

    [Fact]
    public Task What_is_refused_is_told_to_nobody() => OnNodeAsync(async node =>
    {
        var client = await node.JoinedAsync(Room);
        node.Backplane.OnPublish = n => n == 0 ? PublishFault.Refused : PublishFault.None;

        Assert.Equal(PublishOutcome.Refused, (await node.TryPublishAsync(Room, "refused")).Outcome);
        await node.PublishAsync(Room);

        Assert.Empty(await node.SettledAsync(Room));
        Assert.Equal(["0"], client.Publications(Room));
    });

    [Fact]
    public Task Answers_that_take_long_come_in_order() => OnNodeAsync(async node =>
    {
        var client = await node.JoinedAsync(Room);
        node.Backplane.Hold();
        var publishing = Enumerable.Range(0, 100).Select(i => node.Hub.PublishAsync(Room, Publication.Text($"{i}")).AsTask()).ToArray();
        var telling = node.Hub.NotifyAsync(Room, new SourceStopped("machine", null)).AsTask();
        Assert.All(publishing, p => Assert.False(p.IsCompleted));

        node.Backplane.Release();
        await node.PumpUntilAsync(() => telling.IsCompleted && Array.TrueForAll(publishing, p => p.IsCompleted));

        Assert.Empty(await node.SettledAsync(Room));
        Assert.Equal([.. Enumerable.Range(0, 100).Select(i => $"{i}"), $"source {Room} machine"], client.Heard(Room).Skip(1));
    });

    [Fact]
    public Task A_backplane_that_was_away_and_comes_back_with_its_data_costs_nothing() => OnNodeAsync(async node =>
    {
        var client = await node.JoinedAsync(Room);
        await node.PublishAsync(Room, 3);
        node.Backplane.OnHandOver = _ => HandOverFault.Lost;
        await node.PublishAsync(Room, 3);
        node.Backplane.OnHandOver = _ => HandOverFault.None;

        node.Backplane.GoDown();
        Assert.Equal(PublishOutcome.Unknown, (await node.TryPublishAsync(Room, "away")).Outcome);
        node.Pass(Comparing);
        node.Pass(TimeSpan.FromSeconds(1));
        await ComeBackAsync(node, keepData: true);
        await node.PublishAsync(Room, 3);

        Assert.Empty(await node.SettledAsync(Room));
        Assert.Equal(9, client.Publications(Room).Count());
        Assert.Null(client.Ended);
    });

    [Fact]
    public Task A_history_that_was_lost_is_told_as_a_gap_and_the_new_one_is_told_whole() => OnNodeAsync(async node =>
    {
        var client = await node.JoinedAsync(Room);
        await node.PublishAsync(Room, 3);
        await node.SettledAsync(Room);

        node.Backplane.GoDown();
        await ComeBackAsync(node, keepData: false);
        await node.PublishAsync(Room, 2);

        Assert.Equal(["4 to 0: epoch"], await node.SettledAsync(Room));
        Assert.Equal(["0", "1", "2", "3", "4"], client.Publications(Room));
    });

    [Fact]
    public Task A_history_that_was_lost_is_noticed_though_nobody_publishes() => OnNodeAsync(async node =>
    {
        await node.JoinedAsync(Room);
        await node.PublishAsync(Room, 3);
        await node.SettledAsync(Room);

        node.Backplane.GoDown();
        await ComeBackAsync(node, keepData: false);

        Assert.Equal(["4 to 0: epoch"], await node.SettledAsync(Room));
    });

    [Fact]
    public Task A_history_that_was_lost_is_told_to_who_was_still_reading_it() => OnNodeAsync(async node =>
    {
        await node.PublishAsync(Room, 20);
        var client = node.Join(Room, JoinAt.Start, capacity: 200);
        await node.PumpUntilAsync(() => client.Transport.HasRest);

        node.Backplane.GoDown();
        await ComeBackAsync(node, keepData: false);
        await node.PublishAsync(Room, 2);
        client.Transport.Unblock();

        var gaps = await node.SettledAsync(Room);
        Assert.EndsWith("to 0: epoch", Assert.Single(gaps), StringComparison.Ordinal);
        Assert.Equal(["20", "21"], client.Publications(Room).TakeLast(2));
    });

    [Fact]
    public Task Who_joined_at_the_start_is_told_too_when_the_history_is_lost_before_he_got_any_of_it() => OnNodeAsync(async node =>
    {
        await node.PublishAsync(Room, 5);
        node.Backplane.FailingReads = 1;
        var client = await node.JoinedAsync(Room, JoinAt.Start);
        Assert.Empty(client.Publications(Room));

        node.Backplane.GoDown();
        await ComeBackAsync(node, keepData: false);
        await node.PublishAsync(Room, 2);

        Assert.Equal(["1 to 0: epoch"], await node.SettledAsync(Room));
        Assert.Equal(["5", "6"], client.Publications(Room));
    });

    [Fact]
    public Task A_room_that_is_left_and_joined_again_at_that_moment_is_still_listened_to() => OnNodeAsync(async node =>
    {
        var first = await node.JoinedAsync(Room);
        first.Leave(Room);
        node.Turn();
        TestClient? second = null;
        node.Backplane.OnUnsubscribe = _ =>
        {
            node.Backplane.OnUnsubscribe = _ => { };
            second = node.Join(Room);
        };
        node.Pass(TimeSpan.FromSeconds(7));
        await node.PumpUntilAsync(() => second?.Frames.Count > 0);

        var handedOver = 0;
        node.Backplane.OnHandOver = _ =>
        {
            Interlocked.Increment(ref handedOver);
            return HandOverFault.None;
        };
        await node.PublishAsync(Room, 3);

        // Whether it comes: comparing positions would find the publications without.
        await node.UntilAsync(() => Volatile.Read(ref handedOver) > 0);
        Assert.Empty(await node.SettledAsync(Room));
    });

    [Fact]
    [Trait("row", "S1.1")]
    [Trait("row", "S1.9")]
    [Trait("row", "S5.11")]
    public Task A_source_is_read_once_and_told_whole_to_everybody_whatever_breaks() => OnNodeAsync(async node =>
    {
        await using var feeds = new Feeds(node.Hub, new SourceOptions(), NullLogger<Feeds>.Instance);
        await node.JoinedAsync(Room);
        await node.JoinedAsync(Room);
        PublishFault[] faults =
        [
            PublishFault.Refused, PublishFault.UnknownButStored, PublishFault.None, PublishFault.UnknownAndLost, PublishFault.None,
        ];
        node.Backplane.OnPublish = n => faults[n % faults.Length];
        node.Backplane.OnHandOver = p => (HandOverFault)(p.Offset % 4);
        var read = 0;

        feeds.Attach(Room, "numbers", _ => Numbers());
        await node.PumpUntilAsync(() => feeds.List()[0].State == SourceState.Ended);
        node.Backplane.LetGo();

        Assert.Empty(await node.SettledAsync(Room));
        Assert.All(node.Clients, c => Assert.Equal(Enumerable.Range(0, 30).Select(i => $"{i}"), c.Publications(Room)));
        Assert.Equal((30, 0), (read, feeds.List()[0].Restarts));

        async IAsyncEnumerable<Publication> Numbers()
        {
            for (; read < 30; read++)
            {
                await Task.Yield();
                yield return Publication.Text($"{read}");
            }
        }
    });

    [Fact]
    public async Task Whatever_breaks_everything_is_told_once_in_order_or_as_a_gap()
    {
        for (var seed = 0; seed < subject.Rounds; seed++)
        {
            var random = new Random(seed);
            try
            {
                await OnNodeAsync(node => BreakAsync(node, $"{Room}-{random.Next()}", random, mayLoseData: false), window: 8);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }
    }

    [Fact]
    public async Task Whatever_breaks_and_whatever_is_lost_everything_is_told_once_in_order_or_as_a_gap()
    {
        for (var seed = 0; seed < subject.Rounds; seed++)
        {
            var random = new Random(seed);
            try
            {
                await OnNodeAsync(node => BreakAsync(node, $"{Room}-{random.Next()}", random, mayLoseData: true), window: 8);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }
    }

    private async Task BreakAsync(FaultyNode node, string room, Random random, bool mayLoseData)
    {
        await node.JoinedAsync(room);
        var away = false;

        // On other threads than the rest: a random of their own, and one at a time.
        var handOvers = new Random(random.Next());
        node.Backplane.OnHandOver = _ => Draw() switch
        {
            0 or 1 => HandOverFault.Lost,
            2 => HandOverFault.Repeated,
            3 => HandOverFault.Held,
            _ => HandOverFault.None,
        };
        node.Backplane.OnPublish = _ => random.Next(10) switch
        {
            0 => PublishFault.Refused,
            1 => PublishFault.UnknownAndLost,
            2 => PublishFault.UnknownButStored,
            _ => PublishFault.None,
        };
        for (var step = 0; step < 60; step++)
        {
            var client = node.Clients[random.Next(node.Clients.Count)];
            switch (random.Next(14))
            {
                case 0 or 1 or 2 or 3 when !away:
                    await node.PublishAsync(room, random.Next(1, 6));
                    break;
                case 4 when node.Clients.Count < 8:
                    var seen = client.Frames.FindLast(f => f.Kind == "pub")?.Position;
                    node.Join(room, random.Next(3) switch
                    {
                        0 => JoinAt.Now,
                        1 => JoinAt.Start,
                        _ => seen is { } position ? JoinAt.After(position) : JoinAt.Start,
                    });
                    break;
                case 5:
                    client.Pause(room);
                    break;
                case 6:
                    client.Resume(room);
                    break;
                case 7 when !client.Transport.HasRest:
                    client.Transport.Capacity = random.Next(100);
                    break;
                case 8:
                    client.Transport.Unblock();
                    break;
                case 9:
                    node.Backplane.LetGo();
                    break;
                case 10:
                    node.Backplane.FailingReads = random.Next(3);
                    break;
                case 11:
                    node.Backplane.MayHaveLost();
                    break;
                case 12 when !away:
                    node.Backplane.GoDown();
                    away = true;
                    break;
                case 13 when away:
                    await ComeBackAsync(node, keepData: !mayLoseData || random.Next(2) == 0);
                    away = false;
                    break;
                default:
                    node.Pass(TimeSpan.FromMilliseconds(random.Next(1_500)));
                    break;
            }

            if (random.Next(2) == 0)
            {
                node.Turn();
            }
        }

        node.Backplane.FailingReads = 0;
        if (away)
        {
            await ComeBackAsync(node, keepData: true);
        }

        foreach (var client in node.Clients)
        {
            client.Transport.Unblock();
            client.Resume(room);
        }

        node.Backplane.LetGo();
        var gaps = await node.SettledAsync(room);
        Assert.True(mayLoseData || gaps.Count == 0, $"Nothing was lost, yet gaps were told: {string.Join(", ", gaps)}");

        int Draw()
        {
            lock (handOvers)
            {
                return handOvers.Next(10);
            }
        }
    }

    private async Task ComeBackAsync(FaultyNode node, bool keepData)
    {
        var another = keepData && !subject.SurvivesRestart ? null : await subject.ReopenAsync(keepData);
        await node.Backplane.ComeBackAsync(another);
    }

    /// <summary>Away from the test runner's own context, so that what awaits goes on inside the step that it waited for.</summary>
    private Task OnNodeAsync(Func<FaultyNode, Task> test, int? window = null) => Task.Run(async () =>
    {
        if (window is { } count)
        {
            subject.Rule.Window = new Bounds { MaxCount = count };
        }

        await using var node = new FaultyNode(await subject.CreateAsync(), subject.Rule);
        await node.Backplane.Inner.ReachedAsync();
        await test(node);
    });
}
