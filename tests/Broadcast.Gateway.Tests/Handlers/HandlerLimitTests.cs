using System.Net.WebSockets;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests.Handlers;

/// <summary>Time limits, rates and policies of handlers, by a clock that stands still.</summary>
public sealed class HandlerLimitTests
{
    private const string Ask = """{"id":1,"rpc":{"method":"ask"}}""";

    [Fact]
    public async Task Who_waits_longer_than_the_limit_is_told_so_even_if_the_handler_does_not_look_at_its_cancellation()
    {
        var (begun, gate, token) = (new SemaphoreSlim(0), new TaskCompletionSource(), CancellationToken.None);
        await using var node = await StartAsync(app => app.On("ask", async (CancellationToken cancellation) =>
        {
            token = cancellation;
            begun.Release();
            await gate.Task;
            return "too late";
        }));
        var socket = await SocketAsync(node);
        await IdentityNode.SendAsync(socket, Ask);
        Assert.True(await begun.WaitAsync(Wait.Patience));
        node.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(token.IsCancellationRequested);

        node.Time.Advance(TimeSpan.FromSeconds(1));

        var said = await NextAsync(socket);
        Assert.StartsWith("""{"id":1,"error":{"code":100,"message":"It failed; the log has it as """, said, StringComparison.Ordinal);
        Assert.True(token.IsCancellationRequested);
        Assert.Contains(node.Log.Lines, l => l.StartsWith("Handler ask took longer than 00:00:30", StringComparison.Ordinal));
        await IdentityNode.SendAsync(socket, """{"id":2,"rpc":{"method":"ask"}}""");
        gate.SetResult();
        Assert.Equal("""{"id":2,"result":{"data":"too late"}}""", await NextAsync(socket));
    }

    [Fact]
    public async Task What_fails_when_a_handler_is_cancelled_harms_nobody()
    {
        var begun = new SemaphoreSlim(0);
        await using var node = await StartAsync(app => app.On("ask", async (CancellationToken cancellation) =>
        {
            using var failing = cancellation.Register(() => throw new InvalidOperationException("in a callback"));
            begun.Release();
            await Task.Delay(Timeout.Infinite, cancellation);
        }));
        var socket = await SocketAsync(node);
        await IdentityNode.SendAsync(socket, Ask);
        Assert.True(await begun.WaitAsync(Wait.Patience));

        node.Time.Advance(TimeSpan.FromSeconds(30));

        Assert.Contains("\"code\":100", await NextAsync(socket), StringComparison.Ordinal);
        await Wait.UntilAsync(() => node.Log.Lines.Any(l => l.Contains("What a handler does when a request", StringComparison.Ordinal)), "it is in the log");
    }

    [Fact, Trait("row", "S2.49")]
    public async Task Each_user_has_one_rate_over_all_connections_and_who_has_none_one_for_each()
    {
        await using var node = await StartAsync(app =>
        {
            app.On("ask", () => 1).RateLimit(perSecond: 1, burst: 2);
            app.On("free", () => 1);
        });
        var (ann, annToo) = (await SocketAsync(node, SignedToken.Of("ann")), await SocketAsync(node, SignedToken.Of("ann")));
        var (bob, anonymous, another) = (await SocketAsync(node, SignedToken.Of("bob")), await SocketAsync(node), await SocketAsync(node));

        Assert.Equal(0, await CodeAsync(ann));
        Assert.Equal(0, await CodeAsync(annToo));
        Assert.Equal(111, await CodeAsync(ann));
        Assert.Equal(111, await CodeAsync(annToo));
        foreach (var socket in new[] { bob, anonymous, another })
        {
            Assert.Equal(0, await CodeAsync(socket));
            Assert.Equal(0, await CodeAsync(socket));
            Assert.Equal(111, await CodeAsync(socket));
            Assert.Equal(0, await CodeAsync(socket, "free"));
        }

        node.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, await CodeAsync(annToo));
        Assert.Equal(111, await CodeAsync(ann));
        var backEnd = await node.SocketAsync("/rooms/room/socket?envelope=1", ("X-API-Key", IdentityNode.ApiKey));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(0, await CodeAsync(backEnd));
        }
    }

    [Fact, Trait("row", "S2.23"), Trait("row", "S2.48")]
    public async Task Who_does_not_meet_a_policy_gets_error_103_and_reaches_no_handler()
    {
        var reached = 0;
        await using var node = await StartAsync(
            app =>
            {
                app.On("ask", () => ++reached).RequireAuthorization("admins");
                app.On("signed-in", () => 1).RequireAuthorization();
                app.On("both", () => 1).RequireAuthorization("admins", "europeans");
                app.On("named", (IConnection c) => c.Principal.Identity!.Name).RequireAuthorization(new AuthorizationPolicyBuilder().RequireClaim("sub", "ann").Build());
            },
            services => services.AddAuthorizationBuilder().AddPolicy("admins", p => p.RequireRole("admin")).AddPolicy("europeans", p => p.RequireClaim("region", "eu")));
        var anonymous = await SocketAsync(node);
        var ann = await SocketAsync(node, SignedToken.Of("ann"));
        var admin = await SocketAsync(node, SignedToken.Hs256("""{"sub":"eve","roles":["editor","admin"]}"""));
        var european = await SocketAsync(node, SignedToken.Hs256("""{"sub":"jan","role":"admin","region":"eu"}"""));
        var backEnd = await node.SocketAsync("/rooms/room/socket?envelope=1", ("X-API-Key", IdentityNode.ApiKey));

        Assert.Equal("103 103 0 0 0", await EachAsync("ask"));
        Assert.Equal("103 0 0 0 0", await EachAsync("signed-in"));
        Assert.Equal("103 103 103 0 0", await EachAsync("both"));
        Assert.Equal("103 0 103 103 0", await EachAsync("named"));
        Assert.Equal(3, reached);

        async Task<string> EachAsync(string method)
        {
            var codes = new List<int>();
            foreach (var socket in new[] { anonymous, ann, admin, european, backEnd })
            {
                codes.Add(await CodeAsync(socket, method));
            }

            return string.Join(' ', codes);
        }
    }

    [Fact]
    public async Task The_applications_own_user_meets_its_policies()
    {
        await using var node = await StartAsync(
            app => app.On("ask", (IConnection c) => c.User).RequireAuthorization("ann"),
            services => services.AddAuthorizationBuilder().AddPolicy("ann", p => p.RequireClaim(System.Security.Claims.ClaimTypes.NameIdentifier, "ann")));
        var ann = await node.SocketAsync("/rooms/room/socket?envelope=1", (IdentityNode.UserHeader, "ann"));
        var bob = await node.SocketAsync("/rooms/room/socket?envelope=1", (IdentityNode.UserHeader, "bob"));

        Assert.Equal("ann", (await IdentityNode.AskAsync(ann, Ask)).GetProperty("result").GetProperty("data").GetString());
        Assert.Equal(103, await CodeAsync(bob));
    }

    [Fact]
    public async Task A_newer_token_counts_for_the_next_request()
    {
        await using var node = await StartAsync(
            app => app.On("ask", () => 1).RequireAuthorization("admins"), services => services.AddAuthorizationBuilder().AddPolicy("admins", p => p.RequireRole("admin")));
        var socket = await node.SocketAsync("/connection/websocket");
        await IdentityNode.AskAsync(socket, $$$"""{"id":9,"connect":{"token":"{{{SignedToken.Of("ann")}}}"}}""");
        Assert.Equal(103, await CodeAsync(socket));

        await IdentityNode.AskAsync(socket, $$$"""{"id":9,"refresh":{"token":"{{{SignedToken.Hs256("""{"sub":"ann","role":"admin"}""")}}}"}}""");

        Assert.Equal(0, await CodeAsync(socket));
    }

    private static Task<IdentityNode> StartAsync(Action<WebApplication> map, Action<IServiceCollection>? services = null) =>
        IdentityNode.StartAsync(IdentityNode.OpenToSignedIn("Anyone"), services: services, map: map);

    private static Task<WebSocket> SocketAsync(IdentityNode node, string? token = null) =>
        node.SocketAsync("/rooms/room/socket?envelope=1", token is null ? [] : [IdentityNode.Bearer(token)]);

    private static async Task<int> CodeAsync(WebSocket socket, string method = "ask")
    {
        var said = await IdentityNode.AskAsync(socket, $$$"""{"id":1,"rpc":{"method":"{{{method}}}"}}""");
        return said.TryGetProperty("error", out var error) ? error.GetProperty("code").GetInt32() : 0;
    }

    /// <returns>The next answer, as it stands.</returns>
    private static async Task<string> NextAsync(WebSocket socket)
    {
        while (true)
        {
            var said = await IdentityNode.ReadAsync(socket);
            if (said.StartsWith("{\"id\"", StringComparison.Ordinal))
            {
                return said;
            }
        }
    }
}
