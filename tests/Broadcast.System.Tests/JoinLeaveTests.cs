using Xunit.Abstractions;

namespace Broadcast.SystemTests;

public sealed class JoinLeaveTests(ITestOutputHelper output)
{
    private const int WarmUp = 2_000;
    private const int Cycles = 10_000;
    private const int AtOnce = 50;

    [SystemFact]
    [Trait("row", "S1.4")]
    [Trait("row", "S1.12")]
    [Trait("row", "S1.13")]
    [Trait("row", "S2.21")]
    public async Task Ten_thousand_clients_that_came_and_went_leave_nothing_behind()
    {
        await using var node = await ServerNode.StartAsync(new { Rooms = new[] { ServerNode.Rule("*", new { JoinLeave = true }) } });
        using var witness = await SocketClient.OpenAsync(node.Port, "all");
        var watching = Task.Run(() => WatchAsync(witness, WarmUp + Cycles));
        await CycleAsync(node, WarmUp);
        await AssertAloneAsync(node);
        var before = await node.MeasureAsync();

        await CycleAsync(node, Cycles);

        await AssertAloneAsync(node);
        await Until.DoneAsync(watching, () => "Not every client was seen to join and to leave.");
        Assert.Equal(0, await node.MetricAsync("broadcast_window_evictions_total"));
        var after = before;
        await Until.TrueAsync(
            async () => (after = await node.MeasureAsync()).Descriptors <= before.Descriptors, () => $"{before.Descriptors} descriptors were open before, and {after.Descriptors} are.");
        output.WriteLine($"heap {before.HeapBytes >> 10} -> {after.HeapBytes >> 10} KiB, resident {before.ResidentBytes >> 10} -> {after.ResidentBytes >> 10} KiB, descriptors {before.Descriptors} -> {after.Descriptors}");

        // The window keeps what was said of joining and leaving, up to 1,024 notices; a client is more than 100 bytes.
        Assert.InRange(after.HeapBytes - before.HeapBytes, long.MinValue, 1 << 20);
        Assert.InRange(after.ResidentBytes - before.ResidentBytes, long.MinValue, 48 << 20);
        await node.AssertNoFaultAsync();
    }

    private static async Task CycleAsync(ServerNode node, int cycles)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= cycles)
            {
                await CycleOnceAsync(node.Port, number);
                if (number % 100 == 0)
                {
                    await node.PublishAsync("all", "hello");
                }
            }
        })));
    }

    /// <summary>The ways there are to come and go.</summary>
    private static async Task CycleOnceAsync(int port, int number)
    {
        switch (number % 6)
        {
            case 0:
                await (await SocketClient.ConnectAsync(port, "all", "?envelope=1")).CloseAsync();
                break;
            case 1:
                (await SocketClient.OpenAsync(port, "all")).Reset();
                break;
            case 2:
                (await SocketClient.OpenAsync(port, "all")).Dispose();
                break;
            case 3:
                await (await SocketClient.OpenAsync(port, "all", "&since=start")).CloseAsync();
                break;
            case 4:
                (await EventClient.OpenAsync(port, "all")).Dispose();
                break;
            default:
                (await EventClient.OpenAsync(port, "all")).Reset();
                break;
        }
    }

    /// <summary>Reads of each client that it joined once, and then that it left once; until that many have left.</summary>
    private static async Task<int> WatchAsync(SocketClient witness, int clients)
    {
        var there = new HashSet<string> { witness.Id };
        var left = 0;
        var offset = 0UL;
        while (left < clients)
        {
            var message = (await witness.NextAsync()).Json;
            if (message.TryGetProperty("join", out var join))
            {
                Assert.True(there.Add(join.GetProperty("client").GetString()!) || left == 0, "A client joined twice.");
            }
            else if (message.TryGetProperty("leave", out var leave))
            {
                Assert.True(there.Remove(leave.GetProperty("client").GetString()!), "A client left that was not there.");
                left++;
            }
            else
            {
                Assert.Equal(++offset, message.GetProperty("offset").GetUInt64());
            }
        }

        Assert.Equal(witness.Id, Assert.Single(there));
        return left;
    }

    private static async Task AssertAloneAsync(ServerNode node)
    {
        long connections = 0;
        await Until.TrueAsync(async () => (connections = await node.MetricAsync("broadcast_connections")) == 1, () => $"There are {connections} connections.");
        Assert.Equal(1, (await node.GetAsync("/rooms/all/presence")).GetProperty("count").GetInt32());
    }
}
