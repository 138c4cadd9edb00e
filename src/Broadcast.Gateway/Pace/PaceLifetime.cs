using Microsoft.Extensions.Hosting;

namespace Broadcast.Gateway;

/// <summary>
/// Lets scheduled pushes tick while the application runs. When it stops, pushes and broadcasters stop while clients are moved to other nodes:
/// what still leaves at its pace reaches them wherever they are.
/// </summary>
internal sealed class PaceLifetime(ScheduledPushes pushes, PacedBroadcasters broadcasters) : IHostedLifecycleService
{
    private Task _stopping = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        pushes.Start();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _stopping = Task.WhenAll(pushes.DisposeAsync().AsTask(), broadcasters.StopAsync());
        return Task.CompletedTask;
    }

    /// <summary>What takes longer than the host gives is dropped when the host disposes of it.</summary>
    public async Task StopAsync(CancellationToken cancellationToken) =>
        await _stopping.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
