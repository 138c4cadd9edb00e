using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>
/// The turns of what an application gave to be run at a pace. Each has its time; when that is over nobody waits any longer: what does not look at its
/// cancellation is left to itself, and what it returns then changes nothing. Any thread may call it.
/// </summary>
/// <param name="limit">The time of a turn.</param>
/// <param name="name">Of the broadcaster or push, for the log.</param>
internal sealed class PaceTurns(TimeSpan limit, TimeProvider time, ILogger logger, string name)
{
    /// <summary>Functions that were left to themselves and still run. Beyond it no other is called until one of these has ended.</summary>
    private const int MaxLeft = 4;

    private int _left;

    /// <summary>The time of a turn begins.</summary>
    /// <param name="stop">Cancels what is called; it is waited for all the same until its time is over.</param>
    public PaceTurn Begin(CancellationToken stop) => new(this, limit, time, stop);

    /// <summary>Null, or why nothing is called now, in one sentence.</summary>
    internal string? Refusal =>
        Volatile.Read(ref _left) >= MaxLeft ? $"It was not called: {MaxLeft} before it took too long, and have not ended yet." : null;

    /// <summary>Nobody waits for it any more. Ends when it does.</summary>
    internal async Task LeaveAsync(Task called, CancellationTokenSource cancellation)
    {
        Interlocked.Increment(ref _left);
        var cancelling = PaceStop.CancelAsync(cancellation, logger, name);
        await called.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Interlocked.Decrement(ref _left);
        await cancelling;
        cancellation.Dispose();
    }
}
