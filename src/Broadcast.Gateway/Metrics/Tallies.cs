using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Broadcast.Gateway;

/// <summary>Adds up what one node counts, from its start. Any thread may call it.</summary>
internal sealed class Tallies : IDisposable
{
    private readonly ConcurrentDictionary<string, Tally> _tallies = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    /// <param name="meters">The node's own: a process may have several nodes, whose meters have one name.</param>
    public Tallies(IReadOnlyList<Meter> meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (meters.Contains(instrument.Meter) && IsKnown(instrument))
            {
                listener.EnableMeasurementEvents(instrument, _tallies.GetOrAdd(instrument.Name, _ => new Tally(instrument)));
            }
        };
        _listener.SetMeasurementEventCallback<long>(static (instrument, value, labels, state) => Take(instrument, value, labels, (Tally)state!));
        _listener.SetMeasurementEventCallback<int>(static (instrument, value, labels, state) => Take(instrument, value, labels, (Tally)state!));
        _listener.Start();
    }

    public static bool IsCounter(Instrument instrument) => instrument is Counter<long> or Counter<int> or ObservableCounter<long> or ObservableCounter<int>;

    /// <summary>All, by name; those that are asked for their value are asked now.</summary>
    public IReadOnlyList<Tally> Read()
    {
        _listener.RecordObservableInstruments();
        return [.. _tallies.Values.OrderBy(t => t.Instrument.Name, StringComparer.Ordinal)];
    }

    public void Dispose() => _listener.Dispose();

    private static bool IsKnown(Instrument instrument) => IsCounter(instrument)
        || instrument is UpDownCounter<long> or UpDownCounter<int> or ObservableUpDownCounter<long> or ObservableUpDownCounter<int>
            or ObservableGauge<long> or ObservableGauge<int>;

    private static void Take(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> labels, Tally tally)
    {
        if (instrument.IsObservable)
        {
            tally.Set(value, labels);
        }
        else
        {
            tally.Add(value, labels);
        }
    }
}
