using System.Diagnostics.Metrics;

namespace Broadcast.Testing;

/// <summary>What a counter has counted since this was made. Any thread.</summary>
public sealed class CountOf : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _value;

    public CountOf(Counter<long> counter)
    {
        _listener.SetMeasurementEventCallback<long>((_, more, _, _) => Interlocked.Add(ref _value, more));
        _listener.EnableMeasurementEvents(counter);
        _listener.Start();
    }

    public long Value => Volatile.Read(ref _value);

    public void Dispose() => _listener.Dispose();
}
