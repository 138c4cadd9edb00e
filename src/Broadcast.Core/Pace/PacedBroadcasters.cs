using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>The paced broadcasters of this node, by name. Any thread may call it. Dispose it before the hub.</summary>
public sealed class PacedBroadcasters(Hub hub, ILogger<PacedBroadcaster> logger) : IAsyncDisposable
{
    /// <summary>They are named by an application's code, and stay until the node stops.</summary>
    internal const int Max = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, PacedBroadcaster> _broadcasters = new(StringComparer.Ordinal);
    private bool _isStopping;

    /// <exception cref="ArgumentException">Name or options are not good, there is one of that name, or there are too many; the message is one sentence.</exception>
    internal PacedBroadcaster Add(string name, PaceOptions options)
    {
        var broadcaster = new PacedBroadcaster(name, hub, options, logger);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopping, this);
            if (_broadcasters.Count >= Max)
            {
                throw new ArgumentException($"There can be no broadcaster {name}: a node has at most {Max}.", nameof(name));
            }

            return _broadcasters.TryAdd(name, broadcaster)
                ? broadcaster
                : throw new ArgumentException($"There is a broadcaster {name} already.", nameof(name));
        }
    }

    /// <returns>Null if there is none of that name.</returns>
    internal PacedBroadcaster? Find(string name)
    {
        lock (_gate)
        {
            return _broadcasters.GetValueOrDefault(name);
        }
    }

    /// <summary>All by name.</summary>
    public IReadOnlyList<PacedStatus> List() => [.. All(stop: false).Select(b => b.Status).OrderBy(s => s.Name, StringComparer.Ordinal)];

    /// <summary>Stops all at the same time; see <see cref="PacedBroadcaster.StopAsync"/>.</summary>
    internal Task StopAsync() => Task.WhenAll(All(stop: true).Select(b => b.StopAsync()));

    public async ValueTask DisposeAsync() => await Task.WhenAll(All(stop: true).Select(b => b.DisposeAsync().AsTask()));

    private PacedBroadcaster[] All(bool stop)
    {
        lock (_gate)
        {
            _isStopping |= stop;
            return [.. _broadcasters.Values];
        }
    }
}
