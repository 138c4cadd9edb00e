using System.Diagnostics.Metrics;

namespace Broadcast.Testing;

/// <summary>What a counter has counted since this was made. Any thread.</summary>
public sealed class CountOf : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _value;

    public CountOf(Counter<long> counter)
        : this() => _listener.EnableMeasurementEvents(counter);

    /// <param name="name">Of one of its counters.</param>
    public CountOf(Meter meter, string name)
        : this()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == meter && instrument.Name == name)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.Start();
    }

    private CountOf() => _listener.SetMeasurementEventCallback<long>((_, more, _, _) => Interlocked.Add(ref _value, more));

    public long Value => Volatile.Read(ref _value);

    public void Dispose() => _listener.Dispose();
}
