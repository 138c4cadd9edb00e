using System.Diagnostics;
using Xunit.Abstractions;

namespace Broadcast.SystemTests;

public sealed class AbruptEndTests(ITestOutputHelper output)
{
    private const int Clients = 600;
    private const int Killed = 300;
    private const int Stalled = 20;
    private const int PublicationsPerKill = 4;

    [SystemFact]
    [Trait("row", "S1.3")]
    [Trait("row", "S1.11")]
    [Trait("row", "S1.12")]
    public async Task Clients_that_are_killed_take_nobody_with_them()
    {
        await using var node = await ServerNode.StartAsync();
        var load = new Load(256, 2 << 10);
        var listeners = new List<Listener>();
        try
        {
            while (listeners.Count < Clients)
            {
                listeners.Add(await Listener.JoinEmptyAsync(node.Port, "all", load));
            }

            using var publisher = await Publisher.ConnectAsync(node.Port, "all", load);
            for (var killed = 0; killed < Killed; killed++)
            {
                await publisher.PublishAsync(PublicationsPerKill);

                // From all places in the room, and in the middle of what is on its way to them.
                var victim = killed * 7 % listeners.Count;
                listeners[victim].Reset();
                listeners.RemoveAt(victim);
            }

            await publisher.DrainAsync();
            foreach (var listener in listeners)
            {
                await listener.HasAllAsync(Killed * PublicationsPerKill);
            }

            var left = Clients - Killed + 1;
            await Until.TrueAsync(async () => await node.MetricAsync("broadcast_connections") == left, () => "Killed clients still count as connected.");
            Assert.Equal(left, (await node.GetAsync("/rooms/all/presence")).GetProperty("count").GetInt32());
            await node.AssertNoFaultAsync();
        }
        finally
        {
            listeners.ForEach(l => l.Dispose());
        }
    }

    [SystemFact]
    [Trait("row", "S1.13")]
    public async Task A_node_that_is_told_to_stop_tells_its_clients_and_ends_well()
    {
        // So long a patience would be seen: nobody who reads is waited for, and who does not read is not either.
        await using var node = await ServerNode.StartAsync(new
        {
            Drain = new { Patience = "01:00:00", Deadline = "02:00:00" },
            Hub = new { Connections = new { Heartbeat = "01:00:00", StallTimeout = "01:00:00" } },
            Rooms = new[] { ServerNode.Rule("*") },
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

            while (listeners.Count < 500 - Stalled)
            {
                listeners.Add(await Listener.JoinEmptyAsync(node.Port, "all", load));
            }

            var publisher = await Publisher.ConnectAsync(node.Port, "all", load);
            await publisher.PublishAsync(400);
            await publisher.DrainAsync();
            publisher.Dispose();
            await Until.TrueAsync(
                async () => (await Task.WhenAll(stalled.Select(s => node.SubscriptionAsync(s.Id)))).All(s => s.GetProperty("parked").GetBoolean()),
                () => "Who does not read is not parked.");
            await node.AssertNoFaultAsync();

            var began = Stopwatch.GetTimestamp();
            var exitCode = await node.StopAsync();
            output.WriteLine($"ended after {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms");

            Assert.Equal(0, exitCode);
            foreach (var listener in listeners)
            {
                Assert.Equal("3001 shutdown", await Until.DoneAsync(listener.End, () => "A client was not told."));
                Assert.Equal(400, listener.Next);
            }

            foreach (var client in stalled)
            {
                while (await client.ReadAsync() is { } message)
                {
                    Assert.Equal(SocketMessage.Text, message.Opcode);
                }

                Assert.True(client.WasReset);
            }

            Assert.DoesNotMatch(@"(?m)^\S*\s*(fail|crit): |PROBE unobserved|Unhandled exception", node.Said);
        }
        finally
        {
            listeners.ForEach(l => l.Dispose());
            stalled.ForEach(s => s.Dispose());
        }
    }
}
