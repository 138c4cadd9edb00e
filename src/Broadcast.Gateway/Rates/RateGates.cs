using System.Collections.Concurrent;

namespace Broadcast.Gateway;

/// <summary>
/// Gates of many callers, each for one thing. Callers are named by clients, so they are bounded; who finds no place shares a gate with others.
/// Any thread may ask.
/// </summary>
internal sealed class RateGates(TimeProvider time)
{
    internal const int MaxGates = 10_000;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string What, string Caller), RateGate> _gates = new();
    private long _swept = time.GetTimestamp();

    /// <param name="shared">Taken where there is no place for the caller's own; there are few of them.</param>
    public RateGate Of((string What, string Caller) own, (string What, string Caller) shared, RateOptions rate)
    {
        if (_gates.TryGetValue(own, out var known))
        {
            return known;
        }

        if (_gates.Count >= MaxGates)
        {
            Sweep();
        }

        var key = _gates.Count < MaxGates ? own : shared;
        return _gates.GetOrAdd(key, static (_, by) => new RateGate(by.rate, by.time), (rate, time));
    }

    private void Sweep()
    {
        var last = Volatile.Read(ref _swept);
        if (time.GetElapsedTime(last) < SweepInterval || Interlocked.CompareExchange(ref _swept, time.GetTimestamp(), last) != last)
        {
            return;
        }

        foreach (var gate in _gates)
        {
            if (gate.Value.IsIdle)
            {
                _gates.TryRemove(gate);
            }
        }
    }
}
