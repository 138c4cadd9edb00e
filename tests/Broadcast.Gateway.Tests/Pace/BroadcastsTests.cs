using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Pace;

/// <summary>What an application enqueues, as clients get it. The clock of the node stands still until a test moves it.</summary>
public sealed class BroadcastsTests
{
    /// <summary>Of seven a second. Nothing else of a node waits so odd a time.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(143);

    [Fact]
    [Trait("row", "S2.37")]
    [Trait("row", "S2.38")]
    [Trait("row", "S2.40")]
    public async Task Clients_get_what_is_enqueued_in_order_and_no_faster_than_the_rate()
    {
        var time = new ManualTime();
        PacedBroadcaster? alerts = null;
        await using var node = await StartAsync(time, app => alerts = app.Broadcasts("alerts", o => o.MaxPerSecond = 7));
        var client = await node.EnvelopeAsync("news");
        for (var number = 1; number <= 12; number++)
        {
            Assert.Equal(EnqueueResult.Queued, alerts!.Enqueue("news", Publication.Text($"{number}")));
        }

        for (var number = 1; number <= 12; number++)
        {
            Assert.Equal($"{number}", await DataAsync(client));
            if (number < 12)
            {
                // A millisecond less is not enough for the next one.
                await time.UntilDueAsync(Apart).WaitAsync(Wait.Patience);
                time.Advance(Apart - TimeSpan.FromMilliseconds(1));
                await node.PublishAsync("news", "between");
                Assert.Equal("between", await DataAsync(client));
                time.Advance(TimeSpan.FromMilliseconds(1));
            }
        }

        Assert.Equal(0, alerts!.Status.Waiting);
        await client.CloseAsync(1000);
        await node.AllGoneAsync();
    }

    [Fact]
    [Trait("row", "S2.40")]
    public async Task How_many_wait_and_what_became_of_the_others_is_in_the_metrics()
    {
        var time = new ManualTime();
        PacedBroadcaster? alerts = null;
        await using var node = await StartAsync(time, app => alerts = app.Broadcasts("alerts", o =>
        {
            o.MaxWaiting = 1;
            o.Rule = PaceRule.Coalesce;
            o.DrainFor = TimeSpan.Zero;
        }));
        alerts!.Enqueue("news", Publication.Text("sent"));
        await Wait.UntilAsync(async () => (await MetricsAsync(node)).Contains("broadcast_paced_items_total{outcome=\"sent\"} 1\n", StringComparison.Ordinal), "the first item is sent");

        var prices = new Publication("1"u8.ToArray(), ContentKind.Text) { Key = "gold" };
        Assert.Equal(
            [EnqueueResult.Queued, EnqueueResult.Coalesced, EnqueueResult.Refused],
            new[] { alerts.Enqueue("news", prices), alerts.Enqueue("news", prices), alerts.Enqueue("news", Publication.Text("refused")) });

        var metrics = await MetricsAsync(node);
        Assert.Contains("broadcast_paced_waiting 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("broadcast_paced_items_total{outcome=\"coalesced\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("broadcast_paced_items_total{outcome=\"refused\"} 1\n", metrics, StringComparison.Ordinal);
        var listed = Assert.Single(node.App.Services.GetRequiredService<PacedBroadcasters>().List());
        Assert.Equal(("alerts", 1), (listed.Name, listed.Waiting));
    }

    [Fact]
    public async Task Settings_say_what_code_does_not()
    {
        var time = new ManualTime();
        PacedBroadcaster? set = null;
        PacedBroadcaster? other = null;
        await using var node = await StartAsync(
            time,
            app =>
            {
                set = app.Broadcasts("set");
                other = app.Broadcasts("other", o => o.MaxWaiting = 2);
            },
            new() { ["Broadcast:Pace:MaxWaiting"] = "1", ["Broadcast:Pace:DrainFor"] = "00:00:00" });

        Assert.Equal((1, 2), (await HeldAsync(set!), await HeldAsync(other!)));

        static async Task<int> HeldAsync(PacedBroadcaster broadcaster)
        {
            broadcaster.Enqueue("news", Publication.Text("sent"));
            await Wait.UntilAsync(() => broadcaster.Status.Sent == 1, "the first item is sent");
            for (var number = 0; number < 3; number++)
            {
                broadcaster.Enqueue("news", Publication.Text("waits, or is refused"));
            }

            return broadcaster.Status.Waiting;
        }
    }

    [Fact]
    public async Task Services_get_a_broadcaster_by_its_name()
    {
        PacedBroadcaster? alerts = null;
        await using var node = await StartAsync(new ManualTime(), app => alerts = app.Broadcasts("alerts"));

        Assert.Same(alerts, node.App.Services.GetRequiredKeyedService<PacedBroadcaster>("alerts"));
        var missing = Assert.Throws<InvalidOperationException>(() => node.App.Services.GetRequiredKeyedService<PacedBroadcaster>("other"));
        Assert.Equal("There is no broadcaster other; app.Broadcasts(\"other\") makes it.", missing.Message);
    }

    [Fact]
    public async Task What_is_wrong_with_a_broadcaster_is_said_when_it_is_made()
    {
        await using var node = await StartAsync(new ManualTime(), app => app.Broadcasts("alerts"));

        Assert.StartsWith("There is a broadcaster alerts already.", Refusal("alerts", _ => { }), StringComparison.Ordinal);
        Assert.StartsWith("There can be no broadcaster b: The field MaxPerSecond must be between 1 and 1000.", Refusal("b", o => o.MaxPerSecond = 0), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => node.App.Broadcasts(" "));

        string Refusal(string name, Action<PaceOptions> configure) => Assert.Throws<ArgumentException>(() => node.App.Broadcasts(name, configure)).Message;
    }

    [Fact]
    [Trait("row", "S2.40")]
    public async Task A_node_that_stops_lets_what_waits_leave_at_its_pace_while_its_clients_go()
    {
        var time = new ManualTime();
        PacedBroadcaster? alerts = null;
        await using var node = await StartAsync(time, app => alerts = app.Broadcasts("alerts", o => (o.MaxPerSecond, o.DrainFor) = (7, 2.5 * Apart)));
        Array.ForEach(["a", "b", "c", "d"], t => alerts!.Enqueue("news", Publication.Text(t)));
        await Wait.UntilAsync(() => alerts!.Status.Sent == 1, "the first item is sent");

        var stopped = node.StopAsync();
        await Wait.UntilAsync(() => node.Hub.IsStopping, "the node stops");
        Assert.Equal(EnqueueResult.Stopping, alerts!.Enqueue("news", Publication.Text("late")));
        for (var sent = 2; sent <= 3; sent++)
        {
            await time.UntilDueAsync(Apart).WaitAsync(Wait.Patience);
            time.Advance(Apart);
            await Wait.UntilAsync(() => alerts!.Status.Sent == sent, "one more leaves");
        }

        Assert.False(stopped.IsCompleted);
        time.Advance(0.5 * Apart);
        await stopped;

        Assert.Equal((3L, 1L, 0), (alerts!.Status.Sent, alerts.Status.DroppedAtStop, alerts.Status.Waiting));
    }

    private static Task<GatewayNode> StartAsync(ManualTime time, Action<WebApplication> map, Dictionary<string, string?>? settings = null) =>
        GatewayNode.StartAsync(settings: settings, services: s => s.AddSingleton<TimeProvider>(time), map: map);

    private static Task<string> MetricsAsync(GatewayNode node) => node.Http.GetStringAsync(node.Address("/metrics"));

    private static async Task<string?> DataAsync(ClientSocket client) => (await client.ReadJsonAsync()).GetProperty("data").GetString();
}
