namespace Broadcast.Core.Tests.Rooms;

public sealed class MemoryBudgetTests
{
    [Fact]
    public void Holders_are_emptied_in_the_order_given_until_a_tenth_is_free_and_counted()
    {
        var budget = new MemoryBudget(1_000);
        var emptied = new List<int>();
        budget.Add(1_040);
        Assert.True(budget.IsExceeded);

        budget.Evict([1, 2, 3, 4], holder =>
        {
            emptied.Add(holder);
            budget.Add(-50);
        });

        Assert.Equal([1, 2, 3], emptied);
        Assert.Equal((890, 3), (budget.Used, budget.Evictions));
    }

    [Fact]
    [Trait("row", "S1.8")]
    public void When_the_node_has_too_many_bytes_the_idlest_rooms_windows_are_emptied_first_and_nothing_is_lost()
    {
        using var node = new TestNode(options: new HubOptions { MaxWindowBytes = 10_000 });
        var idle = node.Join("idle");
        node.PublishNumbers("idle", 1, 10);
        idle.Pause("idle");
        node.Settle();
        node.PublishNumbers("idle", 11, 15);
        node.Time.Advance(TimeSpan.FromMilliseconds(10));
        var busy = node.Join("busy");

        node.PublishNumbers("busy", 1, 40);
        node.Settle();

        Assert.Equal(0, node.Hub.FindRoom("idle")!.Log.Bytes);
        Assert.True(node.Hub.FindRoom("busy")!.Log.Bytes > 0);
        Assert.Equal(1, node.Hub.Budget.Evictions);
        Assert.Contains(node.Logger.Lines, l => l.Event.Id == 7);
        idle.Resume("idle");
        node.Settle();
        Assert.Equal(Enumerable.Range(1, 15).Select(n => $"{n}"), idle.Publications("idle"));
        Assert.Equal(40, busy.Publications("busy").Count());
    }
}
