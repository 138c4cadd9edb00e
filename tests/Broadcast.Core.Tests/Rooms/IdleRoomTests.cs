using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Core.Tests.Rooms;

/// <summary>Measures the heap of the process, so nothing else may run meanwhile.</summary>
[CollectionDefinition(nameof(IdleRoomTests), DisableParallelization = true)]
[Collection(nameof(IdleRoomTests))]
public sealed class IdleRoomTests
{
    private const int Rooms = 100_000;

    [Fact]
    [Trait("row", "S5.1")]
    public async Task An_idle_room_costs_a_kilobyte_with_its_member_and_history_and_as_much_again_when_its_publication_is_gone()
    {
        var (age, time) = (new Bounds { MaxAge = TimeSpan.FromSeconds(2) }, new ManualTime());
        var rule = new RoomRule { Window = age, History = age };
        var backplane = new LocalBackplane(new LocalBackplaneOptions(), _ => rule, time);
        await using var hub = new Hub(new HubOptions { EventLoops = 1 }, backplane, _ => rule, time, NullLogger.Instance, threads: false);
        var names = Enumerable.Range(0, Rooms).Select(i => $"room:{i}").ToArray();
        var clients = Enumerable.Range(0, Rooms / 100).Select(_ => Connect(hub)).ToArray();
        Settle(hub);
        var before = Heap();
        for (var i = 0; i < Rooms; i++)
        {
            _ = clients[i % clients.Length].PostSubscribe(names[i], JoinAt.Now);
            if (i % clients.Length == 0)
            {
                // So that no queue grows for all of them.
                Settle(hub);
            }
        }

        Settle(hub);
        Assert.All(clients, c => Assert.All(c.Subscriptions, s => Assert.Equal(SubscriptionState.Live, s.State)));
        var fresh = (Heap() - before) / Rooms;
        foreach (var name in names)
        {
            await hub.PublishAsync(name, new Publication(new byte[100], ContentKind.Binary));
            hub.Loops[0].Turn();
        }

        Settle(hub);
        time.Advance(TimeSpan.FromSeconds(6));
        Settle(hub);
        var agedOut = (Heap() - before) / Rooms;

        Assert.InRange(fresh, 500, 1_024);
        Assert.InRange(agedOut, 500, 1_024 + 32);
        GC.KeepAlive(names);
    }

    private static Connection Connect(Hub hub)
    {
        Assert.True(hub.TryReserve());
        return hub.Connect(new FakeTransport { Keeps = false }, TestDialect.Full);
    }

    private static void Settle(Hub hub)
    {
        while (hub.Loops[0].Turn())
        {
        }
    }

    private static long Heap()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
