namespace Broadcast.Gateway;

/// <summary>
/// The time that a call of the application's code has. What that code does when it is cancelled is its own and may fail, which must not go out of the timer:
/// there it would end the process. Any thread may cancel it.
/// </summary>
internal sealed class CallLimit : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Action<Exception> _cancellingFailed;
    private readonly Action? _over;
    private readonly ITimer _timer;

    /// <param name="over">Called before the code is cancelled, since that may take its time; each time somebody cancels.</param>
    public CallLimit(TimeSpan timeout, TimeProvider time, Action<Exception> cancellingFailed, Action? over = null)
    {
        (_cancellingFailed, _over) = (cancellingFailed, over);
        _timer = time.CreateTimer(static limit => ((CallLimit)limit!).Cancel(), this, timeout, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _cancellation.Token;

    /// <summary>Never fails.</summary>
    public void Cancel()
    {
        _over?.Invoke();
        try
        {
            _cancellation.Cancel();
        }
        catch (AggregateException e)
        {
            _cancellingFailed(e);
        }
        catch (ObjectDisposedException)
        {
            // It ended at this very moment.
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _cancellation.Dispose();
    }
}
