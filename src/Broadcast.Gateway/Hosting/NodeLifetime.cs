using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>
/// Starts sources with the application, and moves clients elsewhere before Kestrel stops: with an upgraded connection open, Kestrel would wait
/// for it, and tell it only when half a minute is over.
/// </summary>
internal sealed class NodeLifetime(
    Hub hub, Cluster cluster, Feeds feeds, Handlers handlers, HandlerPool requests, Hooks hooks, ClientHooks clients, IServer server, StopDeadline stop, IOptions<BroadcastOptions> options,
    TimeProvider time, ILogger<NodeLifetime> logger)
    : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await handlers.CheckAsync();
        foreach (var text in options.Value.Sources)
        {
            var setting = SourceSetting.Parse(text);
            feeds.Attach(setting.Room, BuiltInSources.Create(setting.Kind, setting.Argument, time));
        }

        if (!options.Value.Rooms.Any(r => r.Subscribe != Who.Nobody || r.Publish != Who.Nobody))
        {
            Log.NothingOpen(logger);
        }

        await cluster.StartAsync();
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        cluster.SetAddress(options.Value.Cluster.Address is { Length: > 0 } said ? said : Addresses());

        // An application that maps its paths while it starts adds its handlers then, too.
        hooks.Started();
        hub.Audiences.Started();
        hub.Views.Started();
        return handlers.StartedAsync();
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        stop.Begin();
        var sources = feeds.DisposeAsync().AsTask();
        await hub.StopAsync(options.Value.Drain, cancellationToken);

        await requests.StopAsync(cancellationToken);
        await clients.StopAsync(cancellationToken);

        // A source that takes longer than the host gives is left to itself.
        await sources.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Its clients have gone, and were told of where they were; now the other nodes need not wait for it.
        await cluster.StopAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What the server listens on, known once it does; where that is every address of the machine, by its name.</summary>
    private string Addresses() => string.Join(' ', server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        .Replace("[::]", Environment.MachineName, StringComparison.Ordinal)
        .Replace("0.0.0.0", Environment.MachineName, StringComparison.Ordinal);
}
