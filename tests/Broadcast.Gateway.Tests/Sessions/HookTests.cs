using System.Collections.Concurrent;
using System.Text.Json;
using Broadcast.Gateway.Tests.Handlers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Sessions;

/// <summary>What an application does when clients come and go, through real clients of every path.</summary>
public sealed class HookTests
{
    private readonly ConcurrentQueue<string> _told = new();

    public static TheoryData<string> Paths => new("centrifuge", "envelope", "events");

    [Theory, Trait("row", "S2.36")]
    [MemberData(nameof(Paths))]
    public async Task Every_hook_runs_once_for_each_client_in_order_and_one_that_fails_stops_no_other(string path)
    {
        await using var node = await GatewayNode.StartAsync(
            services: s => s.AddScoped<Place>(),
            map: app => app
                .OnConnected(async (IConnection connection, Place place) =>
                {
                    await Task.Yield();
                    _told.Enqueue($"{place.Name} came {connection.Id}");
                })
                .OnConnected(void () => throw new InvalidOperationException("the test says no"))
                .OnConnected((IConnection connection) => _told.Enqueue($"second came {connection.Id}"))
                .OnDisconnected((IConnection connection, Disconnect reason) => _told.Enqueue($"first went {connection.Id} {reason.Code}"))
                .OnDisconnected((Disconnect reason, IConnection connection) => _told.Enqueue($"second went {connection.Id} {reason.Code}")));
        var id = await ConnectAsync(node, path);
        await Wait.UntilAsync(() => _told.Count == 2, "both were told that it has come");

        await node.Hub.WithConnectionAsync(id, c => c.Close(Disconnect.ForceNoReconnect));
        await Wait.UntilAsync(() => _told.Count >= 4, "both were told that it has gone");
        await node.StopAsync();

        Assert.Equal([$"a place came {id}", $"second came {id}", $"first went {id} 3503", $"second went {id} 3503"], _told);
        Assert.Contains(node.Log.Lines, l => l.Event.Id == 124 && l.Text.Contains(id, StringComparison.Ordinal));
    }

    [Fact, Trait("row", "S2.36")]
    public async Task What_a_hook_does_when_its_time_is_over_may_fail_too()
    {
        await using var node = await GatewayNode.StartAsync(
            settings: new() { ["Broadcast:Hooks:Timeout"] = "00:00:00.05" },
            map: app => app
                .OnConnected(async (CancellationToken cancellation) =>
                {
                    using var failing = cancellation.Register(() => throw new InvalidOperationException("in a callback"));
                    await Task.Delay(Timeout.Infinite, cancellation);
                })
                .OnConnected((IConnection connection) => _told.Enqueue($"came {connection.Id}")));

        var client = await node.EnvelopeAsync("news");

        await Wait.UntilAsync(() => !_told.IsEmpty, "the next hook ran");
        Assert.Equal(["came " + client.Id], _told);
        await Wait.UntilAsync(() => node.Log.Lines.Any(l => l.Event.Id == 129), "it is in the log");
        Assert.Single(node.Log.Lines, l => l.Event.Id == 124);
    }

    [Fact, Trait("row", "S2.36")]
    public async Task A_client_is_not_told_to_have_gone_before_it_was_told_to_have_come_and_delays_nobody()
    {
        var goOn = new TaskCompletionSource();
        await using var node = await GatewayNode.StartAsync(map: app => app
            .OnConnected(async (IConnection connection) =>
            {
                await goOn.Task;
                _told.Enqueue("came " + connection.Id);
            })
            .OnDisconnected((IConnection connection) => _told.Enqueue("went " + connection.Id)));
        var first = await node.EnvelopeAsync("news");
        await first.CloseAsync(1000);
        await node.AllGoneAsync();

        // The hook still waits; clients do not.
        var second = await node.EnvelopeAsync("news");
        await node.PublishAsync("news", "hello");
        Assert.Equal("hello", (await second.ReadJsonAsync()).GetProperty("data").GetString());
        Assert.Empty(_told);
        goOn.SetResult();

        await Wait.UntilAsync(() => _told.Count == 3, "all was told");
        Assert.Equal(["came " + first.Id, "went " + first.Id], _told.Where(t => t.EndsWith(first.Id, StringComparison.Ordinal)));
        Assert.Contains("came " + second.Id, _told);
    }

    [Theory, Trait("row", "S2.36")]
    [MemberData(nameof(Paths))]
    public async Task What_is_sent_to_a_client_by_its_hook_or_anybody_comes_after_it_was_told_that_it_is_connected(string path)
    {
        var backplane = new FaultyBackplane(new LocalBackplane(new LocalBackplaneOptions(), _ => new RoomRule(), TimeProvider.System));
        await using var node = await GatewayNode.StartAsync(
            settings: IdentityNode.Keys,
            services: s => s.AddSingleton<IBackplane>(backplane),
            map: app => app.OnConnected(async (IConnection connection) =>
            {
                await connection.SendAsync("welcome");
                _told.Enqueue("welcome");
            }));
        backplane.Hold();
        var read = await BeginAsync(node, path);
        var connections = node.App.Services.GetRequiredService<IConnections>();
        await Wait.UntilAsync(async () => (await connections.SendToUserAsync("ann", "early")).Sum(a => a.Value) == 1, "the client is there");

        // Its room has not opened yet: who begins at the start waits for nothing before. Over the Centrifuge protocol the client is not let in before.
        await Wait.UntilAsync(() => path == "centrifuge" || !_told.IsEmpty, "its hook has run");
        Assert.Equal(path == "centrifuge", _told.IsEmpty);
        backplane.Release();

        Assert.Equal("connected", await read());
        Assert.Equal(["early", "welcome"], new[] { await read(), await read() }.Order());
    }

    [Fact, Trait("row", "S2.36")]
    public async Task A_node_that_stops_tells_of_all_its_clients_before_it_is_down()
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
            app.OnDisconnected((IConnection connection, Disconnect reason) => _told.Enqueue($"{connection.Id} {reason.Code}")));
        var ids = new[] { await ConnectAsync(node, "envelope"), await ConnectAsync(node, "events"), await ConnectAsync(node, "centrifuge") };

        await node.StopAsync();

        Assert.Equal(ids.Select(i => $"{i} 3001").Order(), _told.Order());
    }

    [Fact, Trait("row", "S2.36"), Trait("row", "S2.42")]
    public async Task A_newer_token_is_seen_by_hooks_and_by_whoever_kept_the_connection()
    {
        IConnection? kept = null;
        var gone = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = await IdentityNode.StartAsync(map: app =>
        {
            app.On("keep", (IConnection connection) => { kept = connection; });
            app.OnDisconnected((IConnection connection) => gone.SetResult(PlanOf(connection)));
        });
        var socket = await node.SocketAsync("/connection/websocket");
        await IdentityNode.AskAsync(socket, $$$"""{"id":1,"connect":{"token":"{{{Token("basic")}}}"}}""");
        await IdentityNode.AskAsync(socket, """{"id":2,"rpc":{"method":"keep"}}""");
        Assert.Equal("basic", PlanOf(kept!));

        await IdentityNode.AskAsync(socket, $$$"""{"id":3,"refresh":{"token":"{{{Token("premium")}}}"}}""");
        Assert.Equal("premium", PlanOf(kept!));
        Assert.Equal("ann", kept!.User);
        await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

        Assert.Equal("premium", await gone.Task.WaitAsync(Wait.Patience));

        static string Token(string plan) => SignedToken.Hs256($$"""{"sub":"ann","plan":"{{plan}}"}""");

        static string? PlanOf(IConnection connection) => connection.Principal.FindFirst("plan")?.Value;
    }

    [Fact, Trait("row", "S2.32"), Trait("row", "S2.33"), Trait("row", "S2.34")]
    public async Task Only_friends_are_told_of_a_user_and_of_each_coming_and_going_once()
    {
        var (grace, came) = (TimeSpan.FromSeconds(7), 0);
        await using var node = await IdentityNode.StartAsync(settings: new(IdentityNode.OpenToSignedIn()) { ["Broadcast:Hub:Sessions:Grace"] = $"{grace}" }, map: app =>
        {
            app.OnUserOnline((string user, IConnections connections) => TellAsync(connections, "user.online", user));
            app.OnUserOffline((string user, IConnections connections) => TellAsync(connections, "user.offline", user));
            app.OnConnected(() => Interlocked.Increment(ref came));
        });
        var bob = await SocketAsync(node, "bob");
        var eve = await SocketAsync(node, "eve");
        var ann = new[] { await SocketAsync(node, "ann"), await SocketAsync(node, "ann") };
        Assert.Equal("""{"message":{"kind":"json","data":{"event":"user.online","user":"ann"}}}""", await IdentityNode.ReadAsync(bob));
        await Wait.UntilAsync(() => Volatile.Read(ref came) == 4, "each counts for its user");

        foreach (var socket in ann)
        {
            await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        await node.Time.UntilDueAsync(grace).WaitAsync(Wait.Patience);
        node.Time.Advance(grace);
        await Wait.UntilAsync(() => _told.Contains("user.offline ann"), "ann has gone");
        Assert.Equal("""{"message":{"kind":"json","data":{"event":"user.offline","user":"ann"}}}""", await IdentityNode.ReadAsync(bob));
        Assert.Equal(["user.offline ann", "user.online ann"], _told.Where(t => t.EndsWith("ann", StringComparison.Ordinal)).Order());

        // The next that eve hears is meant for her.
        await node.App.Services.GetRequiredService<IConnections>().SendToUserAsync("eve", "last");
        Assert.Equal("""{"message":{"kind":"json","data":"last"}}""", await IdentityNode.ReadAsync(eve));

        async Task TellAsync(IConnections connections, string what, string user)
        {
            if (user == "ann")
            {
                await connections.SendToUserAsync("bob", new { @event = what, user });
            }

            _told.Enqueue($"{what} {user}");
        }
    }

    [Fact]
    public async Task What_a_hook_cannot_take_is_said_in_a_sentence_when_it_is_added()
    {
        await using var node = await GatewayNode.StartAsync(map: app =>
        {
            Assert.StartsWith(
                "The handler 'OnConnected' takes Disconnect reason, which is neither a service that the application has nor something it is told.",
                Assert.Throws<ArgumentException>(() => app.OnConnected((Disconnect reason) => { })).Message,
                StringComparison.Ordinal);
            Assert.StartsWith(
                "The handler 'OnUserOnline' takes a connection, and is told of a user, who may have several or none.",
                Assert.Throws<ArgumentException>(() => app.OnUserOnline((IConnection connection) => { })).Message,
                StringComparison.Ordinal);
        });
        Assert.Throws<InvalidOperationException>(() => node.App.OnConnected(() => { }));
    }

    private static async Task<string> ConnectAsync(GatewayNode node, string path)
    {
        if (path != "events")
        {
            return (await HandlerClient.ConnectAsync(node, path)).Id;
        }

        var events = await node.EventsAsync("/rooms/news/events");
        while (true)
        {
            if (await events.ReadAsync() is { Event: "connection", Data: { } data })
            {
                return data[(data.LastIndexOf(' ') + 1)..];
            }
        }
    }

    /// <summary>Ann connects, and need not be told so yet.</summary>
    /// <returns>Reads what she is told next.</returns>
    private static async Task<Func<Task<string?>>> BeginAsync(GatewayNode node, string path)
    {
        var token = SignedToken.Of("ann", ["news"]);
        switch (path)
        {
            case "events":
                var events = await node.EventsAsync($"/rooms/news/events?since=start&token={token}");
                return async () =>
                {
                    while (true)
                    {
                        switch (await events.ReadAsync())
                        {
                            case { Event: "connection" }:
                                return "connected";
                            case { Event: "direct", Data: { } data }:
                                return JsonSerializer.Deserialize<string>(data);
                        }
                    }
                };
            case "envelope":
                var envelope = await node.SocketAsync("news", $"?envelope=1&since=start&token={token}");
                return async () => await envelope.ReadJsonAsync() is var said && said.TryGetProperty("message", out var message)
                    ? message.GetProperty("data").GetString()
                    : said.TryGetProperty("open", out _) ? "connected" : null;
            default:
                var centrifuge = await node.CentrifugeAsync();
                await centrifuge.SendAsync($$$"""{"id":1,"connect":{"token":"{{{token}}}"}}""");
                return async () => await centrifuge.ReadJsonAsync() is var said && said.TryGetProperty("push", out var push)
                    ? push.GetProperty("message").GetProperty("data").GetString()
                    : said.TryGetProperty("connect", out _) ? "connected" : null;
        }
    }

    private static async Task<System.Net.WebSockets.WebSocket> SocketAsync(IdentityNode node, string user)
    {
        var socket = await node.SocketAsync("/rooms/news/socket?envelope=1", (IdentityNode.UserHeader, user));
        Assert.StartsWith("{\"open\"", await IdentityNode.ReadAsync(socket), StringComparison.Ordinal);
        return socket;
    }

    private sealed class Place
    {
        public string Name { get; } = "a place";
    }
}
