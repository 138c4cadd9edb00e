using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Broadcast.Core.Tests.Pace;

/// <summary>What one counter of one node counted, by its label; a test can wait until it counted so much. Any thread.</summary>
internal sealed class Outcomes : IDisposable
{
    private readonly ConcurrentQueue<string> _all = new();
    private readonly Tally _counted = new();
    private readonly MeterListener _listener = new();

    public Outcomes(Counter<long> counter)
    {
        _listener.SetMeasurementEventCallback<long>((_, count, labels, _) =>
        {
            for (var outcome = (string)labels[0].Value!; count > 0; count--)
            {
                _all.Enqueue(outcome);
                _counted.Add();
            }
        });
        _listener.EnableMeasurementEvents(counter);
        _listener.Start();
    }

    /// <summary>In the order in which they were counted.</summary>
    public IReadOnlyCollection<string> All => _all;

    public Task UntilAsync(int count) => _counted.UntilAsync(count);

    public void Dispose() => _listener.Dispose();
}
