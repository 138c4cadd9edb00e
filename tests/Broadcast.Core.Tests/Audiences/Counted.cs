using System.Diagnostics.Metrics;

namespace Broadcast.Core.Tests.Audiences;

/// <summary>How much one counter of one node has counted. Any thread.</summary>
internal sealed class Counted : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public Counted(Counter<long> counter)
    {
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _count, count));
        _listener.EnableMeasurementEvents(counter);
        _listener.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
