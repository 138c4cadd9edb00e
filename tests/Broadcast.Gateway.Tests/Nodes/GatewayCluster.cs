using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway.Tests;

/// <summary>Two nodes of their own for one test, with real endpoints and a store in this process. Back ends have <see cref="IdentityNode.ApiKey"/>.</summary>
internal sealed class GatewayCluster : IAsyncDisposable
{
    private readonly SharedStore _store = new(_ => new RoomRule(), TimeProvider.System);

    private GatewayCluster()
    {
    }

    public GatewayNode A { get; private set; } = null!;

    public GatewayNode B { get; private set; } = null!;

    public SharedBackplane BackplaneOfB { get; private set; } = null!;

    /// <summary>Returns when both nodes know that they know all.</summary>
    public static async Task<GatewayCluster> StartAsync(Dictionary<string, string?>? settings = null, Action<WebApplication>? map = null)
    {
        var cluster = new GatewayCluster();
        cluster.A = await NodeAsync("a", cluster._store.Join(), settings, map);
        cluster.B = await NodeAsync("b", cluster.BackplaneOfB = cluster._store.Join(), settings, map);
        foreach (var node in new[] { cluster.A, cluster.B })
        {
            var own = ClusterOf(node);
            await Wait.UntilAsync(() => own.Nodes.Count == 2 && own.Trouble is null, "the nodes know each other");
        }

        return cluster;
    }

    public static Cluster ClusterOf(GatewayNode node) => node.App.Services.GetRequiredService<Cluster>();

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await _store.DisposeAsync();
    }

    private static Task<GatewayNode> NodeAsync(string name, SharedBackplane backplane, Dictionary<string, string?>? settings, Action<WebApplication>? map)
    {
        var all = new Dictionary<string, string?>(IdentityNode.Keys)
        {
            ["Broadcast:Node"] = name,
            ["Broadcast:Cluster:Heartbeat"] = "00:00:00.2",
            ["Broadcast:Operators"] = "Nobody",

            // However busy the machine is, the other node is there and answers in time, unless a test says otherwise.
            ["Broadcast:Cluster:GoneAfter"] = "01:00:00",
        };
        foreach (var (key, value) in settings ?? [])
        {
            all[key] = value;
        }

        return GatewayNode.StartAsync(settings: all, services: s => s.AddSingleton<IBackplane>(backplane), map: map);
    }
}
