namespace Broadcast.Core.Tests.Hubs;

public sealed class DrainTests : DrainContract
{
    [Fact]
    public async Task Those_who_go_first_are_not_all_of_one_loop()
    {
        using var node = new TestNode(loops: 3);
        var clients = Enumerable.Range(0, 900).Select(_ => node.Join("r")).ToArray();
        var gone = new HashSet<TestClient>();

        await RunAsync(node, node.Hub.StopAsync(new DrainOptions { Rate = 450 }), () =>
        {
            if (gone.Count < 450)
            {
                gone.UnionWith(clients.Where(c => c.Ended is not null));
            }
        });

        Assert.InRange(gone.Count, 450, 500);
        Assert.All(gone.CountBy(c => c.Connection.Loop.Index), loop => Assert.InRange(loop.Value, 90, 230));
    }
}
