namespace Broadcast.Core.Tests.Loops;

public sealed class AllocationTests
{
    private const int Clients = 1_000;

    [Fact]
    [Trait("row", "S1.10")]
    public void A_delivery_allocates_nothing()
    {
        using var node = new TestNode();
        var clients = Enumerable.Range(0, Clients).Select(_ => node.Connect(transport: new FakeTransport { Keeps = false })).ToArray();
        foreach (var client in clients)
        {
            client.Join("a");
            client.Join("b");
        }

        node.Settle();
        for (var warm = 0; warm < 20; warm++)
        {
            Round(node, 3);
        }

        var before = clients.Sum(c => c.Transport.ReceivedBytes);
        var allocated = Enumerable.Range(0, 20).Sum(_ => Round(node, 3));

        // Six publications become entries and frames once, whatever number of clients gets them.
        var perRound = allocated / 20;
        Assert.True(perRound < 512, $"{perRound} bytes were allocated for {6 * Clients} deliveries.");
        Assert.True(clients.Sum(c => c.Transport.ReceivedBytes) > before);
    }

    [Fact]
    [Trait("row", "S1.10")]
    public void A_client_costs_no_more_when_payloads_are_large()
    {
        Assert.InRange(OfRounds(payload: 10_000) - OfRounds(payload: 10), -4_096, 4_096);

        static long OfRounds(int payload)
        {
            using var node = new TestNode();
            for (var i = 0; i < 100; i++)
            {
                node.Connect(transport: new FakeTransport { Keeps = false }).Join("a");
            }

            node.Settle();
            for (var warm = 0; warm < 20; warm++)
            {
                Round(node, 1, payload);
            }

            return Enumerable.Range(0, 20).Sum(_ => Round(node, 1, payload)) / 20;
        }
    }

    /// <returns>Bytes that the loop's turns allocated; not those of publishing, and not the frames.</returns>
    private static long Round(TestNode node, int publications, int payload = 100)
    {
        foreach (var room in (string[])["a", "b"])
        {
            for (var i = 0; i < publications; i++)
            {
                node.Hub.PublishAsync(room, new Publication(new byte[payload], ContentKind.Binary)).AsTask().GetAwaiter().GetResult();
            }

            // Frames are made once per publication; who makes them is not measured.
            if (node.Hub.FindRoom(room)?.Log is { } log)
            {
                for (var at = log.Head - publications; at < log.Head; at++)
                {
                    log.TryRead(at)!.FrameFor(TestFormat.Full, room);
                }
            }
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var loop in node.Hub.Loops)
        {
            while (loop.Turn())
            {
            }
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
