using System.Diagnostics.Metrics;

namespace Broadcast.Redis;

/// <summary>What this node counts of Redis; names and units are listed in docs/operations.md.</summary>
internal sealed class Counts : IDisposable
{
    /// <param name="connected">How many servers are.</param>
    public Counts(Func<int> connected)
    {
        Dropped = Meter.CreateCounter<long>("broadcast.redis_dropped", description: "hand-overs that did not fit, and are read from history");
        Unreadable = Meter.CreateCounter<long>("broadcast.redis_unreadable", description: "hand-overs of a form this server does not know");
        Reads = Meter.CreateCounter<long>("broadcast.redis_reads", description: "reads of histories and positions");
        Breaks = Meter.CreateCounter<long>("broadcast.redis_breaks", description: "connections to servers that broke");
        Meter.CreateObservableUpDownCounter("broadcast.redis_connected", connected, description: "servers that can be reached");
    }

    public Meter Meter { get; } = new(Metrics.MeterName);

    public Counter<long> Dropped { get; }

    public Counter<long> Unreadable { get; }

    public Counter<long> Reads { get; }

    public Counter<long> Breaks { get; }

    public void Dispose() => Meter.Dispose();
}
