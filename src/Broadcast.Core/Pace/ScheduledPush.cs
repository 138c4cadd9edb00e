using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>
/// A push attached to a room. Its ticks are the multiples of its interval in UTC, the same on every node, so that a tick has a number that nodes
/// agree on: whoever publishes first is stored, the others' are answered alike. A timer begins them, each a task of its own while it is at work;
/// its lock guards what all of them touch. Any thread may look, start and stop.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A function left to itself may use the token later; stopping disposes the timer.")]
internal sealed class ScheduledPush(
    Hub hub, string room, string name, TimeSpan every, Func<CancellationToken, Task<Publication?>> compute, ScheduledPushOptions options, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly PaceTurns _turns = new(options.Timeout, hub.Time, logger, name);
    private readonly long[] _counts = new long[Enum.GetValues<TickOutcome>().Length];
    private Task _running = Task.CompletedTask;
    private ITimer? _timer;
    private bool _isRunning;
    private bool _isStopping;
    private long _next;
    private DateTimeOffset? _lastRun;
    private string? _lastFailure;

    public ScheduledPushStatus Status
    {
        get
        {
            lock (_gate)
            {
                return new ScheduledPushStatus(
                    name, room, every, _isRunning, _lastRun, _timer is null || _isStopping ? null : new DateTimeOffset(_next * every.Ticks, TimeSpan.Zero),
                    CountOf(TickOutcome.Published), CountOf(TickOutcome.Empty), CountOf(TickOutcome.Unheard), CountOf(TickOutcome.Skipped),
                    CountOf(TickOutcome.Failed), _lastFailure);
            }
        }
    }

    /// <summary>From now on it ticks. Once started it stays so.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_timer is not null || _isStopping)
            {
                return;
            }

            // Who starts it has nothing to do with what it does later.
            using (ExecutionContext.SuppressFlow())
            {
                _timer = hub.Time.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }

            ArmNext();
        }
    }

    /// <summary>Returns when nothing of it runs any more, or when it did not stop in time and was left to itself.</summary>
    public async Task StopAsync()
    {
        Task running;
        lock (_gate)
        {
            _isStopping = true;
            _timer?.Dispose();
            running = _running;
        }

        if (!await PaceStop.TryEndAsync(_stop, running, options.StopTimeout, hub.Time, logger, name))
        {
            PaceLog.PushDidNotStop(logger, name, room, options.StopTimeout);
        }
    }

    private void Tick()
    {
        long missed;
        bool isLate;
        lock (_gate)
        {
            if (_isStopping)
            {
                return;
            }

            var tick = _next;
            ArmNext();

            // More than one if the process stood still, fewer if the clock was set back.
            missed = Math.Max(0, _next - tick - 1);
            isLate = _isRunning;
            if (!isLate)
            {
                _isRunning = true;
                _running = Task.Run(() => RunAsync(tick));
            }
        }

        Count(TickOutcome.Skipped, missed + (isLate ? 1 : 0));
        if (isLate)
        {
            PaceLog.PushLate(logger, name, room, every);
        }
    }

    /// <summary>Under the lock.</summary>
    private void ArmNext()
    {
        var now = hub.Time.GetUtcNow().UtcTicks;
        var next = (now / every.Ticks) + 1;

        // A timer goes by another clock than this one, and may come a little early: that is not the same tick again. If it is further back, the clock was set.
        _next = next == _next ? next + 1 : next;

        // Timers count whole milliseconds.
        _timer!.Change(TimeSpan.FromMilliseconds(Math.Ceiling(TimeSpan.FromTicks((_next * every.Ticks) - now).TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private async Task RunAsync(long tick)
    {
        var outcome = await TryPublishAsync(tick);
        lock (_gate)
        {
            _isRunning = false;
        }

        if (outcome is { } known)
        {
            Count(known, 1);
        }
    }

    /// <summary>Never fails: this is the top of what the function does.</summary>
    /// <returns>Null if the push stops, and nobody waits for it any more.</returns>
    private async Task<TickOutcome?> TryPublishAsync(long tick)
    {
        using var turn = _turns.Begin(_stop.Token);
        try
        {
            return await PublishAsync(tick, turn);
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            return Failed(e.Message, e);
        }
    }

    private async Task<TickOutcome> PublishAsync(long tick, PaceTurn turn)
    {
        if (hub.FindRoom(room) is not { MemberCount: > 0 })
        {
            return TickOutcome.Unheard;
        }

        lock (_gate)
        {
            _lastRun = hub.Time.GetUtcNow();
        }

        var publication = await turn.CallAsync(compute);

        // What is linked hears of the end on another thread, and so maybe later than who waited for it.
        _stop.Token.ThrowIfCancellationRequested();
        if (publication is null)
        {
            return TickOutcome.Empty;
        }

        var refusal = PublicationLimits.Refusal(publication, null);
        if (refusal is null)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"push:{name}:{tick}");
            var result = await turn.CallAsync(cancellation => hub.PublishAsync(room, publication, key, cancellation).AsTask());
            if (result.IsAccepted)
            {
                return TickOutcome.Published;
            }

            refusal = result.Reason ?? "The backplane gave no reason.";
        }

        return Failed(refusal, null);
    }

    private TickOutcome Failed(string reason, Exception? exception)
    {
        lock (_gate)
        {
            _lastFailure = reason;
        }

        PaceLog.PushFailed(logger, name, room, reason, exception);
        return TickOutcome.Failed;
    }

    private long CountOf(TickOutcome outcome) => Volatile.Read(ref _counts[(int)outcome]);

    private void Count(TickOutcome outcome, long count)
    {
        if (count > 0)
        {
            hub.Metrics.Pushed(outcome, count);
            Interlocked.Add(ref _counts[(int)outcome], count);
        }
    }
}
