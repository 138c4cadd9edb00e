using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>
/// Until when requests that wait for the backplane may do so while the node stops: what was begun is to be answered, but must not hold up
/// the process. Any thread may use it.
/// </summary>
internal sealed class StopDeadline : IDisposable
{
    private readonly CancellationTokenSource _passed;
    private readonly TimeSpan _deadline;

    public StopDeadline(IOptions<BroadcastOptions> options, TimeProvider time)
    {
        (_passed, _deadline) = (new CancellationTokenSource(Timeout.InfiniteTimeSpan, time), options.Value.Drain.Deadline);
        Passed = _passed.Token;
    }

    public CancellationToken Passed { get; }

    /// <summary>The node begins to stop.</summary>
    public void Begin() => _passed.CancelAfter(_deadline);

    public void Dispose()
    {
        _passed.Cancel();
        _passed.Dispose();
    }
}
