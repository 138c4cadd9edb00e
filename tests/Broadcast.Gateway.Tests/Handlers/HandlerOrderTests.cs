using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;

namespace Broadcast.Gateway.Tests.Handlers;

/// <summary>When handlers run, how many at a time, and who waits for whom.</summary>
public sealed class HandlerOrderTests
{
    [Theory]
    [MemberData(nameof(HandlerClient.Paths), MemberType = typeof(HandlerClient))]
    public async Task Requests_of_one_connection_are_carried_out_one_after_the_other_in_their_order(string path)
    {
        var (order, gate) = (new ConcurrentQueue<int>(), new TaskCompletionSource());
        await using var node = await GatewayNode.StartAsync(map: app => app.On("take", async (int number) =>
        {
            order.Enqueue(number);
            await (number == 0 ? gate.Task : Task.CompletedTask);
            order.Enqueue(-number);
            return number;
        }));
        var client = await HandlerClient.ConnectAsync(node, path);

        for (var i = 0; i < 50; i++)
        {
            await client.SendAsync("take", $"{i}");
        }

        await Wait.UntilAsync(() => order.Count == 1, "the first is at work");
        gate.SetResult();
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal($"{i}", (await client.ReplyAsync()).Data);
        }

        Assert.Equal(Enumerable.Range(0, 50).SelectMany(i => (int[])[i, -i]), order);
    }

    [Theory]
    [MemberData(nameof(HandlerClient.Paths), MemberType = typeof(HandlerClient))]
    public async Task A_slow_handler_delays_nobody_else_and_nothing_else_of_its_own_connection(string path)
    {
        using var gate = new ManualResetEventSlim();
        await using var node = await GatewayNode.StartAsync(
            settings: new() { ["Broadcast:Hub:EventLoops"] = "1" },
            map: app =>
            {
                // Blocks its thread, too.
                app.On("slow", () => gate.Wait(Wait.Patience));
                app.On("fast", () => Thread.CurrentThread.IsThreadPoolThread);
            });
        var (slow, other) = (await HandlerClient.ConnectAsync(node, path), await HandlerClient.ConnectAsync(node, path));
        await slow.SendAsync("slow");

        Assert.Equal("true", (await other.AskAsync("fast")).Data);
        await slow.Socket.SendAsync(path == "envelope" ? """{"id":90,"publish":{"data":1}}""" : """{"id":90,"publish":{"channel":"room","data":1}}""");
        var published = await slow.Socket.ReadJsonAsync();
        while (!published.TryGetProperty("id", out var id) || id.GetInt32() != 90)
        {
            published = await slow.Socket.ReadJsonAsync();
        }

        await node.PublishAsync("room", "hello");
        gate.Set();
        Assert.Equal("true", (await slow.ReplyAsync()).Data);
    }

    [Fact]
    public async Task More_requests_of_one_connection_than_may_wait_are_refused_with_111_and_counted()
    {
        var gate = new TaskCompletionSource();
        await using var node = await GatewayNode.StartAsync(
            settings: new() { ["Broadcast:Handlers:MaxWaitingPerConnection"] = "2" },
            map: app => app.On("wait", () => gate.Task));
        var (client, other) = (await HandlerClient.ConnectAsync(node), await HandlerClient.ConnectAsync(node));
        await client.SendAsync("wait");
        await Wait.UntilAsync(async () => (await MetricsAsync(node)).Contains("broadcast_requests_running 1", StringComparison.Ordinal), "one is at work");
        await client.SendAsync("wait");
        await client.SendAsync("wait");

        var refused = await client.AskAsync("wait");

        Assert.Equal((111, "Too many requests wait already; try again later."), (refused.Code, refused.Message));
        await other.SendAsync("wait");
        gate.SetResult();
        foreach (var reply in new[] { await client.ReplyAsync(), await client.ReplyAsync(), await client.ReplyAsync(), await other.ReplyAsync() })
        {
            Assert.Equal(0, reply.Code);
        }

        var metrics = await MetricsAsync(node);
        Assert.Contains("broadcast_refusals_total{reason=\"handlers\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("broadcast_requests_total{outcome=\"answered\"} 4", metrics, StringComparison.Ordinal);
        Assert.Contains("broadcast_requests_total{outcome=\"refused\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("broadcast_requests_waiting 0", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_has_so_many_requests_at_work_and_so_many_that_wait()
    {
        var (gate, running, atWork) = (new TaskCompletionSource(), 0, new ConcurrentBag<int>());
        await using var node = await GatewayNode.StartAsync(
            settings: new() { ["Broadcast:Handlers:MaxRunning"] = "2", ["Broadcast:Handlers:MaxWaiting"] = "3" },
            map: app => app.On("wait", async () =>
            {
                atWork.Add(Interlocked.Increment(ref running));
                await gate.Task;
                Interlocked.Decrement(ref running);
            }));
        var clients = new List<HandlerClient>();
        for (var i = 0; i < 6; i++)
        {
            clients.Add(await HandlerClient.ConnectAsync(node));
        }

        foreach (var client in clients[..2])
        {
            await client.SendAsync("wait");
        }

        await Wait.UntilAsync(() => Volatile.Read(ref running) == 2, "two are at work");
        foreach (var client in clients[2..5])
        {
            await client.SendAsync("wait");
        }

        await Wait.UntilAsync(async () => (await MetricsAsync(node)).Contains("broadcast_requests_waiting 3", StringComparison.Ordinal), "three wait");
        Assert.Equal(111, (await clients[5].AskAsync("wait")).Code);
        gate.SetResult();
        foreach (var client in clients[..5])
        {
            Assert.Equal(0, (await client.ReplyAsync()).Code);
        }

        Assert.Equal(2, atWork.Max());
        Assert.Equal(0, (await clients[5].AskAsync("wait")).Code);
    }

    [Fact]
    public async Task Requests_that_wait_are_bounded_in_bytes_too()
    {
        var gate = new TaskCompletionSource();
        await using var node = await GatewayNode.StartAsync(
            settings: new() { ["Broadcast:Handlers:MaxWaitingBytes"] = "3000" },
            map: app => app.On("wait", (string? text) => gate.Task));
        var client = await HandlerClient.ConnectAsync(node);
        await client.SendAsync("wait");
        await Wait.UntilAsync(async () => (await MetricsAsync(node)).Contains("broadcast_requests_running 1", StringComparison.Ordinal), "one is at work");
        await client.SendAsync("wait", $"\"{new string('x', 2_000)}\"");

        Assert.Equal(111, (await client.AskAsync("wait", $"\"{new string('x', 2_000)}\"")).Code);

        gate.SetResult();
        Assert.Equal(0, (await client.ReplyAsync()).Code);
        Assert.Equal(0, (await client.ReplyAsync()).Code);
    }

    [Theory]
    [MemberData(nameof(HandlerClient.Paths), MemberType = typeof(HandlerClient))]
    public async Task A_handler_that_outlives_its_connection_is_cancelled_and_what_waits_is_forgotten(string path)
    {
        var (begun, ended, count) = (new TaskCompletionSource(), new TaskCompletionSource<bool>(), 0);
        await using var node = await GatewayNode.StartAsync(map: app => app.On("wait", async (IConnection connection, CancellationToken cancellation) =>
        {
            count++;
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.SetResult(connection.Gone.IsCancellationRequested);
        }));
        var client = await HandlerClient.ConnectAsync(node, path);
        await client.SendAsync("wait");
        await client.SendAsync("wait");
        await begun.Task.WaitAsync(Wait.Patience);

        client.Socket.Socket.Abort();

        Assert.True(await ended.Task.WaitAsync(Wait.Patience));
        await Wait.UntilAsync(
            async () => (await MetricsAsync(node)) is var metrics && metrics.Contains("broadcast_requests_running 0", StringComparison.Ordinal)
                && metrics.Contains("broadcast_requests_total{outcome=\"cancelled\"} 2", StringComparison.Ordinal),
            "both are over");
        Assert.Equal(1, count);
    }

    [Fact]
    public async Task A_node_that_stops_waits_for_handlers_that_are_at_work()
    {
        var (begun, cancelled, ended) = (new TaskCompletionSource(), new TaskCompletionSource(), false);
        var node = await GatewayNode.StartAsync(map: app => app.On("wait", async (CancellationToken cancellation) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await cancelled.Task;
            ended = true;
        }));
        await using (node)
        {
            var client = await HandlerClient.ConnectAsync(node);
            await client.SendAsync("wait");
            await begun.Task.WaitAsync(Wait.Patience);
            var stopping = node.StopAsync();
            Assert.Equal(3001, (await client.Socket.ReadAsync()).CloseCode);
            await client.Socket.CloseAsync(1000);
            await node.AllGoneAsync();
            Assert.False(stopping.IsCompleted);

            cancelled.SetResult();

            await stopping;
            Assert.True(ended);
        }
    }

    private static Task<string> MetricsAsync(GatewayNode node) => node.Http.GetStringAsync(node.Address("/metrics"));
}
