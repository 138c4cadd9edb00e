using System.Diagnostics.Metrics;

namespace Broadcast.Actors.Tests;

/// <summary>What one counter of one node has counted since.</summary>
internal sealed class Counted : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _sum;

    public Counted(Counter<long> counter)
    {
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _sum, count));
        _listener.EnableMeasurementEvents(counter);
        _listener.Start();
    }

    public long Sum => Interlocked.Read(ref _sum);

    public void Dispose() => _listener.Dispose();
}
