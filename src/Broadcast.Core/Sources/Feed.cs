using System.Diagnostics.CodeAnalysis;

namespace Broadcast.Core;

/// <summary>
/// A source attached to a room. One task reads it and publishes each item, and takes the next one when the room accepted it; that task
/// alone changes the status. Any thread may look, pause, resume and stop.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source left to itself may use the token later; there is no timer or handle in it.")]
internal sealed class Feed : IFeed
{
    /// <summary>Items that come without waiting, before others get the thread.</summary>
    private const int Slice = 256;

    private readonly CancellationTokenSource _stop = new();
    private readonly Attachment _attachment;
    private readonly Task _running;
    private TaskCompletionSource? _paused;
    private FeedSnapshot _snapshot;
    private long _read;
    private int _restarts;

    /// <param name="before">The one that had this name; it is stopped first, so that its last words come before this one's first.</param>
    public Feed(Attachment attachment, IFeed? before)
    {
        _attachment = attachment;
        _snapshot = new FeedSnapshot(SourceState.Running, Hub.Time.GetUtcNow());

        // Who attaches it has nothing to do with what it does later: neither his trace nor his thread.
        using (ExecutionContext.SuppressFlow())
        {
            _running = Task.Run(() => RunAsync(before));
        }
    }

    public bool IsStopping => _stop.IsCancellationRequested;

    public bool IsReplaceable => IsStopping || Volatile.Read(ref _snapshot).IsOver;

    public SourceStatus Status => Volatile.Read(ref _snapshot).ToStatus(
        _attachment, Volatile.Read(ref _paused) is not null, Volatile.Read(ref _read), Volatile.Read(ref _restarts));

    private Hub Hub => _attachment.Hub;

    private SourceOptions Options => _attachment.Options;

    public void Pause() =>
        Interlocked.CompareExchange(ref _paused, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);

    public void Resume() => Interlocked.Exchange(ref _paused, null)?.SetResult();

    public Task StopAsync() => _attachment.WaitForStopAsync(Task.WhenAll(_attachment.CancelAsync(_stop), _running));

    /// <summary>Never fails: this is the top of the source's task.</summary>
    private async Task RunAsync(IFeed? before)
    {
        try
        {
            if (before is not null)
            {
                await before.StopAsync();
            }

            await ReadToEndAsync();
        }
        catch (Exception e) when (IsStopping)
        {
            if (e is not OperationCanceledException)
            {
                SourceLog.NotClosed(_attachment.Logger, _attachment.Name, _attachment.Room, e);
            }
        }
        catch (Exception e)
        {
            Hub.Metrics.Faults.Add(1);
            await FailAsync(e);
        }
    }

    private async Task ReadToEndAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var began = Hub.Time.GetTimestamp();
            try
            {
                await PublishAllAsync();
                break;
            }
            catch (Exception e) when (!IsStopping)
            {
                // Also a cancellation that is not ours: a time-out inside the source is a failure like any other.
                attempt = Hub.Time.GetElapsedTime(began) >= Options.HealthyAfter ? 1 : attempt;
                if (attempt > Options.MaxRestarts)
                {
                    await FailAsync(e);
                    return;
                }

                await WaitForRestartAsync(attempt, e);
            }
        }

        SourceLog.Ended(_attachment.Logger, _attachment.Name, _attachment.Room, _read);
        Become(new FeedSnapshot(SourceState.Ended, Hub.Time.GetUtcNow()));
        await _attachment.TellAsync(null, _stop.Token);
    }

    private async Task PublishAllAsync()
    {
        await PassPauseAsync();
        var items = _attachment.Source.ReadAsync(_stop.Token).GetAsyncEnumerator(_stop.Token);
        try
        {
            while (await items.MoveNextAsync())
            {
                _stop.Token.ThrowIfCancellationRequested();
                var item = Attachment.Checked(items.Current);
                var number = Interlocked.Increment(ref _read);
                await PassPauseAsync();
                await PublishAsync(item, number);
                await PassPauseAsync();
                if (number % Slice == 0)
                {
                    await Task.Yield();
                }
            }
        }
        finally
        {
            await _attachment.CloseAsync(items);
        }

        _stop.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Returns when the room accepted the item: the back-pressure to the source.</summary>
    private async Task PublishAsync(Publication item, long number)
    {
        var wait = FeedWaits.FirstRetry;
        while (await _attachment.TryPublishAsync(item, number, _stop.Token) is { } reason)
        {
            if (wait == FeedWaits.FirstRetry)
            {
                SourceLog.NotAccepted(_attachment.Logger, _attachment.Room, _attachment.Name, reason);
            }

            Become(_snapshot with { Reason = reason });
            await Task.Delay(FeedWaits.Jittered(wait), Hub.Time, _stop.Token);
            wait = FeedWaits.AfterRetry(wait);
        }

        Hub.Metrics.SourceItems.Add(1);
        if (wait != FeedWaits.FirstRetry)
        {
            SourceLog.AcceptedAgain(_attachment.Logger, _attachment.Room, _attachment.Name);
            Become(_snapshot with { Reason = null });
        }
    }

    private async Task WaitForRestartAsync(int attempt, Exception failure)
    {
        var wait = FeedWaits.BeforeRestart(Options, attempt);
        Become(_attachment.Restarting(wait, attempt, failure));
        await Task.Delay(wait, Hub.Time, _stop.Token);
        Interlocked.Increment(ref _restarts);
        Become(_attachment.Restarted());
    }

    private async Task FailAsync(Exception failure)
    {
        Become(_attachment.Failed(failure));
        await _attachment.TellAsync(Volatile.Read(ref _snapshot).Reason, _stop.Token);
    }

    private async ValueTask PassPauseAsync()
    {
        while (Volatile.Read(ref _paused) is { } paused)
        {
            await paused.Task.WaitAsync(_stop.Token);
        }
    }

    private void Become(FeedSnapshot next) => Volatile.Write(ref _snapshot, next);
}
