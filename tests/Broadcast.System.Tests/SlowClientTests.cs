using Xunit.Abstractions;

namespace Broadcast.SystemTests;

public sealed class SlowClientTests(ITestOutputHelper output)
{
    private const int Clients = 1_000;
    private const int Stalled = 50;
    private const int Publications = 2_000;
    private const int PublicationsPerChange = 40;

    /// <summary>What the room may keep: its window and its history.</summary>
    private const long WindowBytes = 1 << 20;
    private const long HistoryBytes = 8 << 20;

    /// <summary>What one client may cost that takes nothing: a frame, and a little; and what the kernel may hold for it.</summary>
    private const long StalledBytes = 64 << 10;
    private const long StalledKernelBytes = 512 << 10;

    [SystemFact]
    [Trait("row", "S1.1")]
    [Trait("row", "S1.2")]
    [Trait("row", "S1.3")]
    [Trait("row", "S1.6")]
    [Trait("row", "S1.8")]
    [Trait("row", "S1.10")]
    [Trait("row", "S1.14")]
    public async Task Clients_that_never_read_cost_the_others_nothing_and_the_node_little()
    {
        await using var node = await ServerNode.StartAsync(new
        {
            // Whoever does not read shows no sign of life either, and is to stay.
            Hub = new { Connections = new { Heartbeat = "01:00:00", StallTimeout = "01:00:00" } },
            Rooms = new[]
            {
                ServerNode.Rule("*", new { Window = new { MaxBytes = WindowBytes }, History = new { MaxBytes = HistoryBytes } }),
            },
        });
        var load = new Load(1 << 10, 4 << 10);
        var stalled = new List<SocketClient>();
        var listeners = new List<Listener>();
        try
        {
            while (stalled.Count < Stalled)
            {
                stalled.Add(await SocketClient.OpenAsync(node.Port, "all"));
            }

            while (listeners.Count < Clients - Stalled)
            {
                listeners.Add(await Listener.JoinEmptyAsync(node.Port, "all", load));
            }

            using var publisher = await Publisher.ConnectAsync(node.Port, "all", load);
            await Until.TrueAsync(
                async () => (await node.GetAsync("/rooms/all/presence")).GetProperty("count").GetInt32() == Clients + 1, () => "Not all joined.");
            var (before, kernelBefore) = (await node.MeasureAsync(), KernelSockets.TotalBytes());

            for (var published = 0; published < Publications; published += PublicationsPerChange)
            {
                await publisher.PublishAsync(PublicationsPerChange);
                listeners[0].Reset();
                listeners[0].Dispose();
                listeners.RemoveAt(0);
                listeners.Add(await Listener.JoinAsync(node.Port, "all", load));
            }

            await publisher.DrainAsync();
            foreach (var listener in listeners)
            {
                await listener.HasAllAsync(Publications);
            }

            var after = await node.MeasureAsync();
            output.WriteLine($"heap {before.HeapBytes >> 10} -> {after.HeapBytes >> 10} KiB, resident {before.ResidentBytes >> 10} -> {after.ResidentBytes >> 10} KiB");
            var bound = WindowBytes + HistoryBytes + (Stalled * StalledBytes);
            Assert.InRange(after.HeapBytes - before.HeapBytes, long.MinValue, bound + (4 << 20));
            Assert.InRange(after.ResidentBytes - before.ResidentBytes, long.MinValue, bound + (64 << 20));

            // Frames that were made after the newest publication came are counted, and room is made for them within a second.
            await Until.TrueAsync(async () => await node.MetricAsync("broadcast_window_bytes") <= WindowBytes, () => "The window has outgrown its bound.");
            await AssertKernelHoldsLittleAsync(node, stalled, kernelBefore);
            foreach (var client in stalled)
            {
                Assert.True((await node.SubscriptionAsync(client.Id)).GetProperty("parked").GetBoolean());
            }

            // Nobody has forgotten them: when they read at last, they get everything too.
            foreach (var client in stalled)
            {
                using var listener = Listener.GoOn(client, load);
                await listener.HasAllAsync(Publications);
            }

            listeners.ForEach(l => l.Dispose());
            publisher.Dispose();
            await node.AssertEmptyAsync();
            await node.AssertNoFaultAsync();
        }
        finally
        {
            listeners.ForEach(l => l.Dispose());
            stalled.ForEach(s => s.Dispose());
        }
    }

    private async Task AssertKernelHoldsLittleAsync(ServerNode node, List<SocketClient> stalled, long before)
    {
        var sockets = KernelSockets.Of(node.Port);
        var held = stalled.Select(s => sockets[s.Raw.Port]).Select(q => (q.Server.Sending, q.Client.Received)).ToList();
        output.WriteLine($"per stalled connection the node's side holds up to {held.Max(h => h.Sending) >> 10} KiB, the client's {held.Max(h => h.Received) >> 10} KiB");
        Assert.All(held, h => Assert.InRange(h.Sending + h.Received, 1, StalledKernelBytes));

        // Other programs have sockets too; it is enough that the machine's total was within the bound once.
        var least = long.MaxValue;
        await Until.TrueAsync(
            () => (least = Math.Min(least, KernelSockets.TotalBytes() - before)) <= Stalled * StalledKernelBytes,
            () => $"The kernel holds {least} bytes more for TCP than before.");
        output.WriteLine($"the kernel's TCP memory grew by {least >> 10} KiB for {Stalled} stalled connections");
    }
}
