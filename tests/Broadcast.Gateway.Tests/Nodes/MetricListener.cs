using System.Diagnostics.Metrics;

namespace Broadcast.Gateway.Tests;

/// <summary>Told when one counter of one node counts.</summary>
internal sealed class MetricListener : IDisposable
{
    private readonly MeterListener _listener = new();

    public MetricListener(Counter<long> counter, Action counted)
    {
        _listener.SetMeasurementEventCallback<long>((_, _, _, _) => counted());
        _listener.EnableMeasurementEvents(counter);
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();
}
