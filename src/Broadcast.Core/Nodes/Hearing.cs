namespace Broadcast.Core;

/// <summary>
/// Whether this node can know of the others. What it tells all comes back to itself; while it does not, silence means nothing. Any thread may
/// call it.
/// </summary>
internal sealed class Hearing(TimeProvider time, ClusterOptions options)
{
    private readonly Lock _gate = new();
    private long? _lastHeard;
    private long _since;

    /// <summary>Why others may be there that are not known, in one sentence; null if all are known.</summary>
    public string? Trouble
    {
        get
        {
            lock (_gate)
            {
                return _lastHeard is not { } last ? "This node does not hear the others through the backplane yet."
                    : time.GetElapsedTime(last) is var silent && silent > options.GoneAfter
                        ? $"This node has heard nothing through the backplane for {silent.TotalSeconds:0} s."
                    : time.GetElapsedTime(_since) < options.Heartbeat * 1.2 ? "This node has only just begun to hear the others, and may not know all of them yet."
                    : null;
            }
        }
    }

    public void HeardItself()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_lastHeard is not { } last || time.GetElapsedTime(last, now) > options.GoneAfter)
            {
                // Whoever is there says so within one heartbeat from now.
                _since = now;
            }

            _lastHeard = now;
        }
    }
}
