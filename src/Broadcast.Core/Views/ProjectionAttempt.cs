namespace Broadcast.Core;

/// <summary>
/// The time that a projection has for one publication. It ends by the answer or by the clock; whichever is first decides, and the other one changes nothing.
/// </summary>
internal sealed class ProjectionAttempt : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Action _late;
    private readonly ITimer _timer;
    private int _ended;
    private bool _isInTime;

    /// <param name="late">The time is over. Called once at most, before the projection is cancelled.</param>
    public ProjectionAttempt(TimeProvider time, TimeSpan limit, Action late)
    {
        _late = late;
        _timer = time.CreateTimer(static attempt => ((ProjectionAttempt)attempt!).End(), this, limit, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Cancellation => _cancellation.Token;

    /// <summary>The projection has returned.</summary>
    /// <returns>False if the time was over before.</returns>
    public bool TryEnd() => _isInTime = IsFirst();

    /// <summary>The projection has returned. What it does at its cancellation may still be at work; then that is left to it.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        if (_isInTime)
        {
            _cancellation.Dispose();
        }
    }

    private void End()
    {
        if (IsFirst())
        {
            _late();

            // What the application does at its cancellation is its own, and holds up nobody here.
            _ = _cancellation.CancelAsync();
        }
    }

    private bool IsFirst() => Interlocked.Exchange(ref _ended, 1) == 0;
}
