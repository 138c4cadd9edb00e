using System.Diagnostics.Metrics;

namespace Broadcast.Testing;

/// <summary>What becomes of the clients of a node that stops. The clock moves only when the drain waits for it.</summary>
public abstract class DrainContract : ConnectionsContract
{
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task Clients_of_all_loops_are_moved_at_no_more_than_the_rate_in_any_second()
    {
        using var node = NewNode(loops: 3);
        var clients = Enumerable.Range(0, 1_200).Select(_ => node.Join("r")).ToArray();
        var drained = 0L;
        using var listener = new MeterListener();
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => drained += count);
        listener.EnableMeasurementEvents(node.Hub.Metrics.Drained);
        listener.Start();
        var times = new Dictionary<TestClient, TimeSpan>();

        var result = await RunAsync(node, node.Hub.StopAsync(new DrainOptions()), () =>
        {
            foreach (var client in clients.Where(c => c.Ended is not null))
            {
                times.TryAdd(client, Elapsed(node));
            }
        });

        Assert.Equal((1_200, 0, 0, true), (result.Moved, result.Reset, result.Cut, result.IsDone));
        Assert.Equal(1_200, drained);
        Assert.All(clients, c => Assert.Equal((Disconnect.Shutdown, "close"), (c.Ended, c.Frames[^1].Kind)));
        Assert.All(clients, c => Assert.True(c.Transport.IsCompleted));
        var inOrder = times.OrderBy(t => t.Value).ToArray();
        Assert.All(
            inOrder.Skip(500).Zip(inOrder),
            pair => Assert.True(pair.First.Value - pair.Second.Value >= TimeSpan.FromSeconds(1), $"501 went until {pair.First.Value}."));
        Assert.InRange(result.Took, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));

        // Those who came first do not go first.
        Assert.InRange(inOrder.Take(600).Count(t => Array.IndexOf(clients, t.Key) < 600), 200, 400);
    }

    [Fact]
    public async Task A_single_client_goes_at_once()
    {
        using var node = NewNode();
        var client = node.Join("r");
        TimeSpan? ended = null;

        var result = await RunAsync(node, node.Hub.StopAsync(new DrainOptions()), () => Note(node, client, ref ended));

        Assert.Equal(TimeSpan.Zero, ended);
        Assert.Equal(1, result.Moved);
    }

    [Fact]
    public async Task A_node_without_clients_waits_for_nothing()
    {
        using var node = NewNode(loops: 2);

        var stopping = node.Hub.StopAsync(new DrainOptions { Notice = TimeSpan.FromSeconds(10) });

        Assert.True(stopping.IsCompletedSuccessfully);
        Assert.True(node.Hub.IsStopping);
        Assert.Equal(new DrainResult(0, 0, 0, TimeSpan.Zero), await stopping);
    }

    [Fact]
    public async Task Clients_stay_until_the_notice_is_over_but_nobody_comes_in()
    {
        using var node = NewNode();
        var client = node.Join("r");
        TimeSpan? ended = null;
        var stopping = node.Hub.StopAsync(new DrainOptions { Notice = TimeSpan.FromSeconds(3) });
        Assert.False(node.Hub.TryReserve());
        node.Publish("r", "heard");

        await RunAsync(node, stopping, () => Note(node, client, ref ended));

        Assert.InRange(ended!.Value, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.02));
        Assert.Equal(["heard"], client.Publications("r"));
    }

    [Fact]
    public async Task Who_was_on_the_way_in_has_a_turn_too()
    {
        using var node = NewNode(loops: 2);
        Assert.True(node.Hub.TryReserve());
        var stopping = node.Hub.StopAsync(new DrainOptions());
        await PassAsync(node, stopping, TimeSpan.FromSeconds(1));
        Assert.False(stopping.IsCompleted);
        var late = node.Hub.Connect(new FakeTransport(), TestDialect.Full);

        var result = await RunAsync(node, stopping);

        Assert.Equal((Disconnect.Shutdown, 1, 0), (await late.Completion, result.Moved, result.Cut));
    }

    [Fact]
    public async Task Who_does_not_take_the_close_frame_is_reset_when_its_patience_is_over()
    {
        using var node = NewNode(loops: 2);
        var (polite, stuck, parked) = (node.Join("r"), node.Join("quiet"), node.Join("r"));
        stuck.Transport.Capacity = parked.Transport.Capacity = 0;
        node.Publish("r", "1");
        node.Settle();
        Assert.True(parked.Connection.IsParked);
        TimeSpan? reset = null;

        var result = await RunAsync(node, node.Hub.StopAsync(new DrainOptions { Patience = TimeSpan.FromSeconds(2) }), () =>
        {
            foreach (var client in (TestClient[])[stuck, parked])
            {
                if (client.Transport is { IsAborted: true, HasRest: true })
                {
                    reset = Elapsed(node);
                    client.Transport.FinishRest();
                }
            }
        });

        Assert.Equal((3, 2, 0), (result.Moved, result.Reset, result.Cut));
        Assert.Equal("close", polite.Frames[^1].Kind);
        Assert.InRange(reset!.Value, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.1));
        Assert.All((TestClient[])[polite, stuck, parked], c => Assert.Empty(c.Transport.Breaches));
    }

    [Fact]
    public async Task At_the_deadline_everybody_left_is_told_at_once_and_reset_if_need_be()
    {
        using var node = NewNode(loops: 2);
        var clients = Enumerable.Range(0, 30).Select(_ => node.Join("r")).ToArray();
        foreach (var stuck in clients.Take(3))
        {
            stuck.Transport.Capacity = 0;
        }

        Assert.True(node.Hub.TryReserve());
        var result = await RunAsync(node, node.Hub.StopAsync(new DrainOptions { Rate = 10, Deadline = TimeSpan.FromSeconds(1) }));
        node.Settle();
        var late = node.Hub.Connect(new FakeTransport(), TestDialect.Full);
        node.Settle();

        Assert.False(result.IsDone);
        Assert.InRange(result.Moved, 8, 10);

        // Of the moved ones those that are stuck count as well: they had not gone when they were cut. So does who came late.
        Assert.InRange(result.Cut, 31 - result.Moved, 31 - result.Moved + 3);
        Assert.InRange(result.Took, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.02));
        Assert.All(clients.Take(3), c => Assert.True(c.Transport.IsAborted));
        Assert.All(clients.Skip(3), c => Assert.Equal((Disconnect.Shutdown, "close"), (c.Ended, c.Frames[^1].Kind)));
        Assert.Equal(Disconnect.Shutdown, await late.Completion);
        Assert.Single(node.Logger.Lines, l => l.Event.Id == 8);
    }

    [Fact]
    public async Task A_host_that_waits_no_longer_brings_the_deadline()
    {
        using var node = NewNode();
        var clients = Enumerable.Range(0, 3).Select(_ => node.Join("r")).ToArray();
        using var host = new CancellationTokenSource();
        await host.CancelAsync();

        var result = await RunAsync(node, node.Hub.StopAsync(new DrainOptions(), host.Token));

        Assert.Equal(new DrainResult(0, 0, 3, TimeSpan.Zero), result);
        Assert.All(clients, c => Assert.Equal((Disconnect.Shutdown, "close"), (c.Ended, c.Frames[^1].Kind)));
    }

    [Fact]
    public async Task Asked_twice_it_drains_once()
    {
        using var node = NewNode();
        var client = node.Join("r");
        var (first, second) = (node.Hub.StopAsync(new DrainOptions()), node.Hub.StopAsync(new DrainOptions { Deadline = s_step }));

        await RunAsync(node, first);

        Assert.Same(await first, await second);
        Assert.Same(await first, await node.Hub.Drained);
        Assert.Equal(1, client.Frames.Count(f => f.Kind == "close"));
    }

    private static TimeSpan Elapsed(TestNode node) => node.Time.GetElapsedTime(0);

    private static void Note(TestNode node, TestClient client, ref TimeSpan? ended)
    {
        if (client.Ended is not null)
        {
            ended ??= Elapsed(node);
        }
    }

    /// <summary>Moves the clock by steps, each when the drain waits for it.</summary>
    /// <param name="look">Called when everything has come to rest.</param>
    private protected static async Task<DrainResult> RunAsync(TestNode node, Task<DrainResult> draining, Action? look = null)
    {
        await PassAsync(node, draining, TimeSpan.MaxValue, look);
        return await draining;
    }

    private static async Task PassAsync(TestNode node, Task<DrainResult> draining, TimeSpan until, Action? look = null)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(draining);
        while (!draining.IsCompleted && Elapsed(node) < until)
        {
            node.Settle();
            look?.Invoke();

            // The other timer is the node's own.
            if (node.Time.ArmedTimers > 1)
            {
                node.Time.Advance(s_step);
            }

            await Task.Yield();
        }

        node.Settle();
        look?.Invoke();
    }
}
