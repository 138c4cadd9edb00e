namespace Broadcast.Testing;

/// <summary>
/// A clock that stands still until a test moves it. Any thread may touch it. Timers fire in the order they are due, on the thread
/// that called <see cref="Advance"/>, and with them whatever awaited them; a timer due at once fires at the next call.
/// </summary>
public sealed class ManualTime(DateTimeOffset? start = null) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly DateTimeOffset _start = start ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly List<Timer> _armed = [];
    private readonly List<(Func<bool> IsSo, TaskCompletionSource Reached)> _waiting = [];
    private TimeSpan _elapsed;
    private long _armings;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers will fire if the clock is moved far enough.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_gate)
            {
                return _armed.Count;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _start + _elapsed;
        }
    }

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _elapsed.Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves the clock and fires what becomes due, each timer at its own time. A timer armed by what fires counts too.
    /// An exception of a callback comes out here, with the clock at the time of that timer.
    /// </summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        TimeSpan target;
        lock (_gate)
        {
            target = _elapsed + by;
        }

        while (TakeDue(target) is { } timer)
        {
            timer.Fire();
        }

        lock (_gate)
        {
            _elapsed = Later(_elapsed, target);
        }
    }

    /// <summary>
    /// Time passes while the process stands still: no timer fires, and each that became due meanwhile fires once when the clock is moved again.
    /// </summary>
    public void StandStill(TimeSpan by)
    {
        lock (_gate)
        {
            _elapsed += by;
            foreach (var timer in _armed.Where(t => t.Due < _elapsed))
            {
                timer.Due = _elapsed;
            }
        }
    }

    /// <summary>
    /// Returns when that many timers are armed: what runs elsewhere has come to wait for this clock, and moving it will be noticed.
    /// </summary>
    public Task UntilArmedAsync(int count = 1) => UntilAsync(() => _armed.Count >= count);

    /// <summary>
    /// The same where nobody knows how many timers others have: returns when one is armed that is due after that time, neither sooner nor later.
    /// </summary>
    public Task UntilDueAsync(TimeSpan after) => UntilAsync(() => _armed.Exists(t => t.Due - _elapsed == after));

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <param name="isSo">Asked under the lock, now and whenever a timer is armed.</param>
    private Task UntilAsync(Func<bool> isSo)
    {
        lock (_gate)
        {
            if (isSo())
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((isSo, reached));
            return reached.Task;
        }
    }

    private Timer? TakeDue(TimeSpan target)
    {
        lock (_gate)
        {
            Timer? next = null;
            foreach (var timer in _armed)
            {
                if (timer.Due <= target && (next is null || (timer.Due, timer.Arming).CompareTo((next.Due, next.Arming)) < 0))
                {
                    next = timer;
                }
            }

            if (next is null)
            {
                return null;
            }

            _elapsed = Later(_elapsed, next.Due);
            if (next.Period > TimeSpan.Zero)
            {
                next.Due += next.Period;
                next.Arming = ++_armings;
            }
            else
            {
                _armed.Remove(next);
            }

            return next;
        }
    }

    private bool Arm(Timer timer, TimeSpan due, TimeSpan period)
    {
        lock (_gate)
        {
            if (timer.Disposed)
            {
                return false;
            }

            _armed.Remove(timer);
            if (due == Timeout.InfiniteTimeSpan)
            {
                return true;
            }

            timer.Due = _elapsed + due;
            timer.Period = period;
            timer.Arming = ++_armings;
            _armed.Add(timer);
            _waiting.RemoveAll(w => w.IsSo() && w.Reached.TrySetResult());
            return true;
        }
    }

    private void Disarm(Timer timer)
    {
        lock (_gate)
        {
            timer.Disposed = true;
            _armed.Remove(timer);
        }
    }

    /// <summary>Its state is guarded by the clock's lock.</summary>
    private sealed class Timer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; set; }

        /// <summary>Orders timers that are due at the same time: who was armed first fires first.</summary>
        public long Arming { get; set; }

        public bool Disposed { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, Timeout.InfiniteTimeSpan);
            ArgumentOutOfRangeException.ThrowIfLessThan(period, Timeout.InfiniteTimeSpan);
            return time.Arm(this, dueTime, period);
        }

        public void Dispose() => time.Disarm(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
