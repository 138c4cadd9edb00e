using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Pace;

/// <summary>What an application pushes on a schedule, as clients get it. The clock of the node stands still until a test moves it.</summary>
public sealed class PushTests
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("row", "S2.16")]
    public async Task A_push_is_computed_once_per_tick_however_many_clients_listen_and_not_when_none_does()
    {
        var time = new ManualTime();
        var calls = 0;
        await using var node = await StartAsync(time, app => app.Push("stats", "dashboard", (_, _) => Said($"{Interlocked.Increment(ref calls)}")));
        var pushes = node.App.Services.GetRequiredService<ScheduledPushes>();
        Assert.Equal(Every, Assert.Single(pushes.List()).Every);

        time.Advance(Every);
        await Wait.UntilAsync(() => Assert.Single(pushes.List()).Unheard == 1, "a tick that nobody hears");
        Assert.Equal(0, calls);

        ClientSocket[] clients = [await node.EnvelopeAsync("dashboard"), await node.EnvelopeAsync("dashboard"), await node.EnvelopeAsync("dashboard")];
        for (var tick = 1; tick <= 2; tick++)
        {
            time.Advance(Every);
            foreach (var client in clients)
            {
                Assert.Equal($"{tick}", (await client.ReadJsonAsync()).GetProperty("data").GetString());
            }

            await Wait.UntilAsync(() => Assert.Single(pushes.List()) is { IsRunning: false } status && status.Published == tick, "the tick is over");
        }

        Assert.Equal(2, calls);
        await LeaveAsync(node, clients);
    }

    [Fact]
    [Trait("row", "S2.17")]
    public async Task One_that_fails_is_logged_and_counted_and_the_next_tick_runs()
    {
        var time = new ManualTime();
        var calls = 0;
        await using var node = await StartAsync(time, app => app.Push("stats", "dashboard", TimeSpan.FromSeconds(5), (_, _) =>
            Interlocked.Increment(ref calls) == 1 ? throw new InvalidOperationException("The database is away.") : Said("back")));
        var client = await node.EnvelopeAsync("dashboard");

        time.Advance(TimeSpan.FromSeconds(5));
        await Wait.UntilAsync(() => Assert.Single(node.App.Services.GetRequiredService<ScheduledPushes>().List()) is { IsRunning: false, Failures: 1 }, "the first tick fails");
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("back", (await client.ReadJsonAsync()).GetProperty("data").GetString());
        Assert.Contains(node.Log.Lines, l => l.Event.Id == 86 && l.Text.Contains("The database is away.", StringComparison.Ordinal));
        Assert.Contains("broadcast_push_ticks_total{outcome=\"failed\"} 1\n", await node.Http.GetStringAsync(node.Address("/metrics")), StringComparison.Ordinal);
        await LeaveAsync(node, client);
    }

    [Fact]
    public async Task Its_services_are_of_a_scope_of_its_tick()
    {
        var time = new ManualTime();
        await using var node = await StartAsync(time, app => app.Push("stats", "dashboard", (services, _) =>
        {
            var scoped = services.GetRequiredService<Scoped>();
            return Said($"{scoped.Number} {ReferenceEquals(scoped, services.GetRequiredService<Scoped>())}");
        }));
        var client = await node.EnvelopeAsync("dashboard");
        var pushes = node.App.Services.GetRequiredService<ScheduledPushes>();

        for (var tick = 1; tick <= 2; tick++)
        {
            time.Advance(Every);
            Assert.Equal($"{tick} True", (await client.ReadJsonAsync()).GetProperty("data").GetString());
            await Wait.UntilAsync(() => Assert.Single(pushes.List()) is { IsRunning: false } status && status.Published == tick, "the tick is over");
            Assert.Equal(tick, Scoped.Disposed);
        }

        await LeaveAsync(node, client);
    }

    [Fact]
    public async Task A_push_is_attached_while_the_node_runs_and_ends_with_it()
    {
        var time = new ManualTime();
        await using var node = await StartAsync(time, _ => { });
        var begun = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        var client = await node.EnvelopeAsync("dashboard");
        node.App.Push("stats", "dashboard", async (_, cancellation) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.SetResult();
            return Publication.Text("too late");
        });
        time.Advance(Every);
        await begun.Task.WaitAsync(Wait.Patience);

        await LeaveAsync(node, client);
        await node.StopAsync();

        await cancelled.Task.WaitAsync(Wait.Patience);
        Assert.Empty(node.App.Services.GetRequiredService<ScheduledPushes>().List());
    }

    [Fact]
    public async Task What_is_wrong_with_a_push_is_said_when_it_is_added()
    {
        await using var node = await StartAsync(new ManualTime(), app => app.Push("stats", "dashboard", (_, _) => Said("x")), new() { ["Broadcast:Pushes:MaxPushes"] = "1" });

        Assert.StartsWith("Room dashboard has a push stats already.", Refusal("stats", "dashboard", Every), StringComparison.Ordinal);
        Assert.StartsWith("There can be no push more: a node has at most 1 (Broadcast:Pushes:MaxPushes).", Refusal("more", "dashboard", Every), StringComparison.Ordinal);
        Assert.StartsWith("Push stats is to come every 00:00:00;", Refusal("stats", "other", TimeSpan.Zero), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("room", () => node.App.Push("stats", "no room", (_, _) => Said("x")));

        string Refusal(string name, string room, TimeSpan every) =>
            Assert.Throws<ArgumentException>(() => node.App.Push(name, room, every, (_, _) => Said("x"))).Message;
    }

    /// <summary>Clients that have no time to answer a heartbeat are sent none.</summary>
    private static Task<GatewayNode> StartAsync(ManualTime time, Action<WebApplication> map, Dictionary<string, string?>? settings = null) => GatewayNode.StartAsync(
        settings: new(settings ?? []) { ["Broadcast:Hub:Connections:Heartbeat"] = "1.00:00:00" },
        services: s => s.AddSingleton<TimeProvider>(time).AddScoped<Scoped>(),
        map: map);

    /// <summary>A node that stops would wait for its clients by a clock that nobody moves.</summary>
    private static async Task LeaveAsync(GatewayNode node, params ClientSocket[] clients)
    {
        foreach (var client in clients)
        {
            await client.CloseAsync(1000);
        }

        await node.AllGoneAsync();
    }

    private static Task<Publication?> Said(string text) => Task.FromResult<Publication?>(Publication.Text(text));

    private sealed class Scoped : IDisposable
    {
        private static int s_made;

        public static int Disposed { get; set; }

        public int Number { get; } = Interlocked.Increment(ref s_made);

        public void Dispose() => Disposed++;
    }
}
