using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Hosting;

/// <summary>However a connection ends, and in whatever state it is: its request returns, its place is given back, and nothing is left behind.</summary>
[Collection("Alone")]
public sealed class LifeTests : IDisposable
{
    private const string Room = "news";

    private readonly List<string> _unobserved = [];

    public LifeTests() => TaskScheduler.UnobservedTaskException += Unobserved;

    /// <summary>States of a connection when it ends.</summary>
    public enum At
    {
        Connecting,
        Joining,
        JoiningEvents,
        Live,
        LiveEvents,
        Publishing,
        Parked,
        ParkedEvents,
        Closing,
    }

    public enum End
    {
        Aborted,
        HalfClosed,
        NodeStopped,
        NodeDropped,
    }

    public static TheoryData<Way, At, End> Ends
    {
        get
        {
            var all = new TheoryData<Way, At, End>();
            foreach (var way in (Way[])[Way.Direct, Way.Pipe])
            {
                foreach (var at in Enum.GetValues<At>())
                {
                    foreach (var end in Enum.GetValues<End>())
                    {
                        all.Add(way, at, end);
                    }
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Ends))]
    [Trait("row", "S5.10")]
    [Trait("row", "S5.12")]
    [Trait("row", "S1.12")]
    [Trait("row", "S1.13")]
    public async Task The_request_returns_and_gives_its_place_back(Way way, At at, End end)
    {
        var backplane = new FaultyBackplane(new LocalBackplane(new LocalBackplaneOptions(), _ => new RoomRule(), TimeProvider.System));
        await using var node = await GatewayNode.StartAsync(way, new() { ["Broadcast:MaxPublishing"] = "1", ["Broadcast:Drain:Patience"] = "00:00:01" }, s => s.AddSingleton<IBackplane>(backplane));
        await node.PublishAsync(Room, "first");
        await using var client = await RawClient.ConnectAsync(node.EndPoint, receiveBuffer: 4_096);
        await BringAsync(node, backplane, client, at);
        switch (end)
        {
            case End.Aborted:
                client.Socket.Dispose();
                break;
            case End.HalfClosed:
                client.Socket.Shutdown(SocketShutdown.Send);
                break;
            case End.NodeStopped:
                await node.StopAsync();
                break;
            default:
                await node.DropAsync();
                break;
        }

        await Wait.UntilAsync(() => node.Active.Count == 0 && node.Hub.ConnectionCount == 0, $"the request returned ({node.Active.Count}, {node.Hub.ConnectionCount})");
        backplane.Release();
        Assert.True(end > End.HalfClosed || node.Hub.FindRoom(Room)?.Presence.Count is null or 0);
        await NothingUnobservedAsync();
    }

    [Fact]
    [Trait("row", "S1.4")]
    [Trait("row", "S5.12")]
    public async Task A_thousand_come_and_go_and_leave_no_handle_behind()
    {
        await using var node = await GatewayNode.StartAsync();
        await CycleAsync(node, 50);
        await node.AllGoneAsync();
        await Wait.UntilAsync(() => node.Active.Count == 0, "all requests returned");
        var before = OpenHandles();
        await CycleAsync(node, 1_000);
        await node.AllGoneAsync();
        await Wait.UntilAsync(() => node.Active.Count == 0 && OpenHandles() <= before + 5, "handles are back at what they were");
        Assert.Equal(0, node.Hub.FindRoom(Room)?.Presence.Count ?? 0);
        await NothingUnobservedAsync();
    }

    public void Dispose() => TaskScheduler.UnobservedTaskException -= Unobserved;

    private static async Task BringAsync(GatewayNode node, FaultyBackplane backplane, RawClient client, At at)
    {
        var events = at is At.JoiningEvents or At.LiveEvents or At.ParkedEvents;
        var request = events
            ? $"GET /rooms/{Room}/events?since=start HTTP/1.1\r\nHost: localhost\r\n\r\n"
            : RawClient.Upgrade($"/rooms/{Room}/socket?since=start");
        switch (at)
        {
            case At.Connecting:
                // Waits for the position that "now" stands for.
                backplane.Hold();
                await client.SendAsync(request.Replace("?since=start", "", StringComparison.Ordinal));
                await Wait.UntilAsync(() => node.Active.Count == 1, "the request has come");
                return;
            case At.Joining or At.JoiningEvents:
                backplane.Hold();
                await client.SendAsync(request);
                await client.ReadHeadAsync();
                return;
        }

        await client.SendAsync(request);
        await client.ReadHeadAsync();
        if (!events)
        {
            Assert.Equal("first"u8.ToArray(), (await client.ReadFrameAsync()).Payload);
        }

        switch (at)
        {
            case At.Publishing:
                backplane.Hold();
                for (var i = 0; i < 3; i++)
                {
                    await client.SendAsync(RawClient.Frame(0x82, "held"));
                }

                await Wait.UntilAsync(() => backplane.Publishes == 2, "one waits for the backplane");
                break;
            case At.Parked or At.ParkedEvents:
                var parked = false;
                using (var listener = new MetricListener(node.Hub.Metrics.Parked, () => Volatile.Write(ref parked, true)))
                {
                    for (var i = 0; i < 150; i++)
                    {
                        await node.PublishAsync(Room, new string('x', 60 << 10));
                    }

                    await Wait.UntilAsync(() => Volatile.Read(ref parked), "a client that does not read is parked");
                }

                break;
            case At.Closing:
                // A wrong frame; the answer to the close frame never comes.
                await client.SendAsync(RawClient.Frame(0x8F, "wrong"));
                Assert.Equal(1002, await client.ReadCloseAsync());
                break;
        }
    }

    private static async Task CycleAsync(GatewayNode node, int count)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= count)
            {
                await using var client = await RawClient.ConnectAsync(node.EndPoint);
                if (number % 4 == 0)
                {
                    await client.SendAsync($"GET /rooms/{Room}/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    await client.ReadHeadAsync();
                    continue;
                }

                await client.SendAsync(RawClient.Upgrade($"/rooms/{Room}/socket"));
                await client.ReadHeadAsync();
                if (number % 4 == 1)
                {
                    await client.SendAsync(RawClient.Frame(0x88, []));
                    await client.ReadCloseAsync();
                }
            }
        }));
    }

    private static int OpenHandles() => OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : 0;

    private async Task NothingUnobservedAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }

        lock (_unobserved)
        {
            Assert.True(_unobserved.Count == 0, string.Join('\n', _unobserved));
        }
    }

    private void Unobserved(object? sender, UnobservedTaskExceptionEventArgs e)
    {
        var text = e.Exception.ToString();
        if (text.Contains(" Broadcast.", StringComparison.Ordinal) && !text.Contains("Broadcast.Gateway.Tests.", StringComparison.Ordinal))
        {
            lock (_unobserved)
            {
                _unobserved.Add(text);
            }
        }
    }
}
