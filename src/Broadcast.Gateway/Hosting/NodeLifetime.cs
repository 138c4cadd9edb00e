using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>
/// Starts sources with the application, and moves clients elsewhere before Kestrel stops: with an upgraded connection open, Kestrel would wait
/// for it, and tell it only when half a minute is over.
/// </summary>
internal sealed class NodeLifetime(
    Hub hub, Feeds feeds, StopDeadline stop, IOptions<BroadcastOptions> options, TimeProvider time, ILogger<NodeLifetime> logger)
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
        stop.Begin();
        var sources = feeds.DisposeAsync().AsTask();
        await hub.StopAsync(options.Value.Drain, cancellationToken);

        // A source that takes longer than the host gives is left to itself.
        await sources.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
