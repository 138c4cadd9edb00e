using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>
/// A source attached to a room. One task reads it and publishes each item, and takes the next one when the room accepted it; that task
/// alone changes the status. Any thread may look, pause, resume and stop.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source left to itself may use the token later; there is no timer or handle in it.")]
internal sealed class Feed
{
    /// <summary>Items that come without waiting, before others get the thread.</summary>
    private const int Slice = 256;

    private const int MaxTellings = 5;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly string _keys = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly Hub _hub;
    private readonly string _room;
    private readonly string _name;
    private readonly ISource _source;
    private readonly SourceOptions _options;
    private readonly ILogger _logger;
    private readonly Task _running;
    private TaskCompletionSource? _paused;
    private Snapshot _snapshot;
    private long _read;
    private int _restarts;

    /// <param name="before">The one that had this name; it is waited for, so that its last words come before this one's first.</param>
    public Feed(Hub hub, string room, string name, ISource source, SourceOptions options, ILogger logger, Feed? before)
    {
        (_hub, _room, _name, _source, _options, _logger) = (hub, room, name, source, options, logger);
        _snapshot = new Snapshot(SourceState.Running, hub.Time.GetUtcNow());

        // Who attaches it has nothing to do with what it does later: neither his trace nor his thread.
        using (ExecutionContext.SuppressFlow())
        {
            _running = Task.Run(() => RunAsync(before));
        }
    }

    public bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Whether another may take its name.</summary>
    public bool IsReplaceable => IsStopping || Volatile.Read(ref _snapshot).State is SourceState.Ended or SourceState.Failed;

    public SourceStatus Status
    {
        get
        {
            var now = Volatile.Read(ref _snapshot);
            return new SourceStatus(
                _name, _room, now.State, Volatile.Read(ref _paused) is not null, now.Since, Volatile.Read(ref _read),
                Volatile.Read(ref _restarts), now.Reason, now.Attempt, now.NextTry);
        }
    }

    public void Pause() =>
        Interlocked.CompareExchange(ref _paused, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);

    public void Resume() => Interlocked.Exchange(ref _paused, null)?.SetResult();

    /// <summary>Returns when nothing of it runs any more, or when it did not stop in time and was left to itself.</summary>
    public async Task StopAsync()
    {
        try
        {
            await Task.WhenAll(CancelAsync(), _running).WaitAsync(_options.StopTimeout, _hub.Time);
        }
        catch (TimeoutException)
        {
            SourceLog.DidNotStop(_logger, _name, _room, _options.StopTimeout);
        }
    }

    private async Task CancelAsync()
    {
        try
        {
            await _stop.CancelAsync();
        }
        catch (Exception e)
        {
            // What the source registered for its cancellation is its own code.
            SourceLog.NotClosed(_logger, _name, _room, e);
        }
    }

    /// <summary>Never fails: this is the top of the source's task.</summary>
    private async Task RunAsync(Feed? before)
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
                SourceLog.NotClosed(_logger, _name, _room, e);
            }
        }
        catch (Exception e)
        {
            _hub.Metrics.Faults.Add(1);
            await FailAsync(e);
        }
    }

    private async Task ReadToEndAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var began = _hub.Time.GetTimestamp();
            try
            {
                await PublishAllAsync();
                break;
            }
            catch (Exception e) when (!IsStopping)
            {
                // Also a cancellation that is not ours: a time-out inside the source is a failure like any other.
                attempt = _hub.Time.GetElapsedTime(began) >= _options.HealthyAfter ? 1 : attempt;
                if (attempt > _options.MaxRestarts)
                {
                    await FailAsync(e);
                    return;
                }

                await WaitForRestartAsync(attempt, e);
            }
        }

        SourceLog.Ended(_logger, _name, _room, _read);
        Become(new Snapshot(SourceState.Ended, _hub.Time.GetUtcNow()));
        await TellAsync(null);
    }

    private async Task PublishAllAsync()
    {
        await PassPauseAsync();
        var items = _source.ReadAsync(_stop.Token).GetAsyncEnumerator(_stop.Token);
        try
        {
            while (await items.MoveNextAsync())
            {
                _stop.Token.ThrowIfCancellationRequested();
                var item = Checked(items.Current);
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
            await CloseAsync(items);
        }

        _stop.Token.ThrowIfCancellationRequested();
    }

    private static Publication Checked(Publication? item)
    {
        var refusal = item is null ? "The source gave nothing for an item." : PublicationLimits.Refusal(item, null);
        return refusal is null ? item! : throw new InvalidOperationException(refusal);
    }

    /// <summary>Returns when the room accepted the item: the back-pressure to the source.</summary>
    private async Task PublishAsync(Publication item, long number)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{_keys}-{number}");
        var wait = FirstRetry;
        while (await TryPublishAsync(item, key) is { } reason)
        {
            if (wait == FirstRetry)
            {
                SourceLog.NotAccepted(_logger, _room, _name, reason);
            }

            Become(_snapshot with { Reason = reason });
            await Task.Delay(Jittered(wait), _hub.Time, _stop.Token);
            wait = Shorter(wait * 2, LastRetry);
        }

        _hub.Metrics.SourceItems.Add(1);
        if (wait != FirstRetry)
        {
            SourceLog.AcceptedAgain(_logger, _room, _name);
            Become(_snapshot with { Reason = null });
        }
    }

    /// <returns>Null if it was accepted, else why not. Refused or unknown makes no difference: the key makes repeating safe.</returns>
    private async ValueTask<string?> TryPublishAsync(Publication item, string key)
    {
        try
        {
            var result = await _hub.PublishAsync(_room, item, key, _stop.Token);
            return result.IsAccepted ? null : result.Reason ?? "The backplane gave no reason.";
        }
        catch (Exception e) when (!IsStopping)
        {
            // The backplane's fault is not the source's: it must not be restarted for it.
            return ReasonOf(e);
        }
    }

    private async Task WaitForRestartAsync(int attempt, Exception failure)
    {
        var longest = _options.FirstRestart * Math.Pow(2, Math.Min(attempt - 1, 30));
        var wait = Jittered(Shorter(longest, _options.LastRestart));
        var now = _hub.Time.GetUtcNow();
        SourceLog.Restarting(_logger, _name, _room, wait, attempt, failure);
        Become(new Snapshot(SourceState.Restarting, now, ReasonOf(failure), attempt, now + wait));
        await Task.Delay(wait, _hub.Time, _stop.Token);
        Interlocked.Increment(ref _restarts);
        _hub.Metrics.SourceRestarts.Add(1);
        Become(new Snapshot(SourceState.Running, _hub.Time.GetUtcNow()));
    }

    private async Task FailAsync(Exception failure)
    {
        var reason = ReasonOf(failure);
        _hub.Metrics.SourceFailures.Add(1);
        SourceLog.Failed(_logger, _name, _room, failure);
        Become(new Snapshot(SourceState.Failed, _hub.Time.GetUtcNow(), reason));
        await TellAsync(reason);
    }

    /// <summary>Tells the members. A notice that came twice does less harm than one that never came.</summary>
    private async Task TellAsync(string? reason)
    {
        var wait = FirstRetry;
        for (var telling = 1; !IsStopping; telling++)
        {
            try
            {
                // Not cancelled by a successor's attaching: the last words are said before it begins.
                await _hub.NotifyAsync(_room, new SourceStopped(_name, reason), CancellationToken.None);
                return;
            }
            catch (Exception e)
            {
                if (telling == MaxTellings)
                {
                    SourceLog.NotTold(_logger, _room, _name, e);
                    return;
                }
            }

            await Task.Delay(Jittered(wait), _hub.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait = Shorter(wait * 2, LastRetry);
        }
    }

    private async Task CloseAsync(IAsyncEnumerator<Publication> items)
    {
        try
        {
            await items.DisposeAsync();
        }
        catch (Exception e)
        {
            // Thrown on, it would hide why the reading failed, or make an ended source begin again.
            SourceLog.NotClosed(_logger, _name, _room, e);
        }
    }

    private async ValueTask PassPauseAsync()
    {
        while (Volatile.Read(ref _paused) is { } paused)
        {
            await paused.Task.WaitAsync(_stop.Token);
        }
    }

    private void Become(Snapshot next) => Volatile.Write(ref _snapshot, next);

    private static string ReasonOf(Exception e) => e.Message.Length > 0 ? e.Message : e.GetType().Name;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Jittered(TimeSpan longest) => longest * (1 - (Random.Shared.NextDouble() / 2));

    private sealed record Snapshot(
        SourceState State, DateTimeOffset Since, string? Reason = null, int Attempt = 0, DateTimeOffset? NextTry = null);
}
