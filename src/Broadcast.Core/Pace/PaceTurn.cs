namespace Broadcast.Core;

/// <summary>The time that one turn of a broadcaster or push has, for all that is called in it. Used by one task.</summary>
internal sealed class PaceTurn : IDisposable
{
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancellation;
    private readonly PaceTurns _turns;
    private readonly TimeSpan _limit;
    private readonly ITimer _timer;
    private bool _isLeft;

    internal PaceTurn(PaceTurns turns, TimeSpan limit, TimeProvider time, CancellationToken stop)
    {
        (_turns, _limit) = (turns, limit);
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(stop);

        // Not the cancellation's own: what a function does when it is cancelled is its own code, and may hold up or end the thread of a timer.
        _timer = time.CreateTimer(static over => ((TaskCompletionSource)over!).TrySetResult(), _over, limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Calls it on the thread pool, and waits for it until the time is over.</summary>
    /// <exception cref="TimeoutException">It took too long, or too many before it have not ended yet; the message is one sentence.</exception>
    public async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> function)
    {
        if (_over.Task.IsCompleted)
        {
            throw Late();
        }

        if (_turns.Refusal is { } refusal)
        {
            throw new TimeoutException(refusal);
        }

        var token = _cancellation.Token;
        var called = Task.Run(() => function(token), token);
        await Task.WhenAny(called, _over.Task);
        if (called.IsCompleted || !_over.Task.IsCompleted)
        {
            return await called;
        }

        _isLeft = true;
        _ = _turns.LeaveAsync(called, _cancellation);
        throw Late();
    }

    public void Dispose()
    {
        _timer.Dispose();
        if (!_isLeft)
        {
            _cancellation.Dispose();
        }
    }

    private TimeoutException Late() => new($"It took longer than {_limit}.");
}
