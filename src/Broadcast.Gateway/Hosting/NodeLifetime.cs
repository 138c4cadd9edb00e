using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>
/// Starts sources with the application, and lets clients go before Kestrel stops: with an upgraded connection open, Kestrel would wait
/// for it, and tell it only when half a minute is over.
/// </summary>
internal sealed class NodeLifetime(Hub hub, Feeds feeds, IOptions<BroadcastOptions> options, TimeProvider time, ILogger<NodeLifetime> logger)
    : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var text in options.Value.Sources)
        {
            var setting = SourceSetting.Parse(text);
            feeds.Attach(setting.Room, BuiltInSources.Create(setting.Kind, setting.Argument, time));
        }

        if (!options.Value.Rooms.Any(r => r.Subscribe != Who.Nobody || r.Publish != Who.Nobody))
        {
            Log.NothingOpen(logger);
        }

        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await feeds.DisposeAsync();
        await hub.StopAsync(options.Value.StopPatience);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
