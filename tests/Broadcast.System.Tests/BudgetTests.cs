using Xunit.Abstractions;

namespace Broadcast.SystemTests;

public sealed class BudgetTests(ITestOutputHelper output)
{
    private const int Rooms = 40;
    private const int Publications = 200;
    private const int PublicationBytes = 4 << 10;
    private const long MaxWindowBytes = 1 << 20;

    [SystemFact]
    [Trait("row", "S1.8")]
    public async Task The_nodes_budget_holds_however_many_rooms_have_someone_lagging_and_none_of_them_loses_anything()
    {
        await using var node = await ServerNode.StartAsync(new { Hub = new { MaxWindowBytes }, Rooms = new[] { ServerNode.Rule("*") } });
        var clients = new List<SocketClient>();
        try
        {
            while (clients.Count < Rooms)
            {
                var client = await SocketClient.OpenAsync(node.Port, $"room-{clients.Count}");
                await client.CommandAsync("pause");
                clients.Add(client);
            }

            var text = new string('x', PublicationBytes);
            long most = 0;
            for (var i = 0; i < Publications; i++)
            {
                for (var room = 0; room < Rooms; room++)
                {
                    await node.PublishAsync($"room-{room}", text);
                }

                most = Math.Max(most, await node.MetricAsync("broadcast_window_bytes"));
            }

            var evictions = await node.MetricAsync("broadcast_window_evictions_total");
            output.WriteLine($"{(long)Rooms * Publications * PublicationBytes >> 10} KiB published, at most {most >> 10} KiB in windows, {evictions} windows emptied");

            // It may pass the bound by what is being added.
            Assert.InRange(most, 1, MaxWindowBytes + (2 * PublicationBytes));
            Assert.InRange(evictions, 1, Rooms * Publications);
            for (var room = 0; room < Rooms; room++)
            {
                var status = await node.SubscriptionAsync(clients[room].Id);
                Assert.True(status.GetProperty("paused").GetBoolean());
                Assert.Equal(Publications, status.GetProperty("behind").GetInt32());
            }

            foreach (var client in clients)
            {
                await client.CommandAsync("resume");
                for (var offset = 1; offset <= Publications; offset++)
                {
                    var message = (await client.NextAsync()).Json;
                    Assert.Equal(offset, message.GetProperty("offset").GetInt32());
                    Assert.Equal(PublicationBytes, message.GetProperty("data").GetString()!.Length);
                }
            }

            clients.ForEach(c => c.Dispose());
            await node.AssertEmptyAsync();
            await node.AssertNoFaultAsync();
        }
        finally
        {
            clients.ForEach(c => c.Dispose());
        }
    }
}
