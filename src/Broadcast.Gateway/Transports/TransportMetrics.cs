using System.Diagnostics.Metrics;

namespace Broadcast.Gateway;

/// <summary>Counts which way clients' bytes take. Any thread may add.</summary>
internal sealed class TransportMetrics : IDisposable
{
    private readonly Meter _meter = new(Metrics.MeterName);
    private long _direct;
    private long _streams;

    public TransportMetrics() => _meter.CreateObservableCounter(
        "broadcast.transports",
        () => (Measurement<long>[])[new(Direct, new KeyValuePair<string, object?>("kind", "direct")), new(Streams, new KeyValuePair<string, object?>("kind", "stream"))],
        description: "clients taken in, by the way their bytes take");

    /// <summary>Clients sent to on Kestrel's own socket.</summary>
    public long Direct => Volatile.Read(ref _direct);

    /// <summary>Clients sent to through a stream.</summary>
    public long Streams => Volatile.Read(ref _streams);

    public void Count(ClientTransport transport) => Interlocked.Increment(ref transport is DirectTransport ? ref _direct : ref _streams);

    public void Dispose() => _meter.Dispose();
}
