using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Core.Tests.Receipts;

/// <summary>The sums of a receipt equal the membership at its offset, also while clients join and leave on real threads.</summary>
public sealed class ReceiptsUnderWayTests
{
    private const int Publications = 200;
    private const int Movers = 8;

    [Fact]
    public async Task With_joining_and_leaving_going_on_what_is_counted_as_written_is_what_clients_got()
    {
        await using var backplane = new LocalBackplane(new LocalBackplaneOptions(), _ => new RoomRule(), TimeProvider.System);

        // However busy the machine is, each receipt waits until all members have met the publication.
        var patient = new ReceiptOptions { Wait = TimeSpan.FromMinutes(1) };
        await using var hub = new Hub(new HubOptions { EventLoops = 2, Receipts = patient }, backplane, _ => new RoomRule(), TimeProvider.System, NullLogger<Hub>.Instance);
        await using var cluster = new Cluster(hub, "a", new ClusterOptions { CallTimeout = TimeSpan.FromMinutes(2) }, NullLogger.Instance);
        var clients = new ConcurrentBag<TestClient>();
        Join(hub, clients, "steady");
        Assert.True(SpinWait.SpinUntil(() => hub.FindRoom("news")?.Presence.Count == 1, TimeSpan.FromSeconds(60)), "Waited in vain: one is in the room for good");
        using var done = new CancellationTokenSource();
        var movers = Enumerable.Range(0, Movers).Select(n => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                var client = Join(hub, clients, $"user {n}");
                await client.Connection.PostAction(_ => { });
                await Task.Yield();
                await (Random.Shared.Next(2) == 0 ? client.Connection.PostUnsubscribe("news") : client.Connection.PostClose(Disconnect.Normal));
            }
        })).ToArray();

        var receipts = new List<Receipt>();
        for (var i = 0; i < Publications; i++)
        {
            receipts.Add(await cluster.Receipts.PublishAsync("news", Publication.Text($"{i}")).WaitAsync(TimeSpan.FromSeconds(60)));
        }

        await done.CancelAsync();
        await Task.WhenAll(movers).WaitAsync(TimeSpan.FromSeconds(60));
        foreach (var client in clients)
        {
            // What its loop did before is seen after.
            await client.Connection.PostAction(_ => { });
        }

        var got = clients.SelectMany(c => c.Publications("news")).CountBy(text => text).ToDictionary();
        for (var i = 0; i < Publications; i++)
        {
            var sum = receipts[i].Sum;
            Assert.Equal(sum.Members, sum.Written + sum.Withheld + sum.LeftBehind);
            Assert.InRange(sum.LeftBehind, 0, sum.Members - 1);
            Assert.Equal(got[$"{i}"], sum.Written);
        }
    }

    private static TestClient Join(Hub hub, ConcurrentBag<TestClient> clients, string user)
    {
        Assert.True(hub.TryReserve());
        var transport = new FakeTransport();
        var client = new TestClient(hub.Connect(transport, TestDialect.Full, user), transport);
        clients.Add(client);
        client.Join("news");
        return client;
    }
}
