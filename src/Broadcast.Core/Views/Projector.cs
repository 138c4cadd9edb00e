using System.Text.Unicode;

namespace Broadcast.Core;

/// <summary>
/// Makes what one view shows: one publication after the other, on the thread pool. It is a cursor into its room's log, which it follows while the view has
/// members, so that nothing waits for it in memory; what is asked for beside that, of the history or ahead, takes turns with it. Any thread may call it.
/// </summary>
internal sealed class Projector(View view, RoomViews room)
{
    /// <summary>Projections that were given up and run all the same. Beyond it the others are not asked any more until one of these has ended.</summary>
    private const int MaxGivenUp = 4;

    private readonly Lock _gate = new();
    private readonly RoomLog? _log = room.Room?.Log;
    private Queue<LogEntry>? _asked;
    private long _next;
    private long _reached;
    private int _givenUp;
    private bool _follows;
    private bool _followsNext;
    private bool _isAtWork;
    private bool _hasPassed;
    private bool _isFailing;

    /// <summary>Where cursors may not be further behind, nobody needs what is.</summary>
    private long Floor => _log!.Rule.FallingBehind == FallingBehind.Resync ? _log.Oldest : Math.Max(_log.Oldest, _log.Head - _log.Rule.MaxBehind);

    /// <summary>Whether nothing of it is at work.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
            {
                return !_isAtWork && _givenUp == 0;
            }
        }
    }

    /// <summary>Up to where the view shows the log. Whose cursor has come so far is not behind, whatever the room has more.</summary>
    public long Reached => Volatile.Read(ref _reached);

    private Views Views => room.Views;

    private Hub Hub => Views.Hub;

    /// <summary>The view has members, who ask for what they need of what is in the log already.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            (_follows, _next) = (_log is not null, _log?.Head ?? 0);
            Reach(_next);
        }
    }

    /// <summary>It has none any more.</summary>
    public void End()
    {
        lock (_gate)
        {
            _follows = false;
        }
    }

    /// <summary>The log has something new. Never waits.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (!_follows || _isAtWork)
            {
                return;
            }

            _isAtWork = true;
        }

        Start();
    }

    /// <summary>
    /// A client stands before an entry of which nothing is shown yet; when there is, or when it is worth asking again, the loops are told. Never waits.
    /// </summary>
    public void Ask(LogEntry entry)
    {
        if (entry.IsAwaited(view) || entry.In(view) is not null)
        {
            return;
        }

        lock (_gate)
        {
            if (_follows && entry.Sequence >= Floor && entry.Sequence <= _next)
            {
                // What follows it is needed next. What lies before the floor would be passed over again: a client that a rule led there waits for it alone.
                _next = entry.Sequence;
            }
            else if (_asked?.Count >= Views.Options.MaxWaiting || !entry.TryAsk(view))
            {
                return;
            }
            else
            {
                (_asked ??= new()).Enqueue(entry);
            }

            if (_isAtWork)
            {
                return;
            }

            _isAtWork = true;
        }

        Start();
    }

    /// <summary>For who reads a history, entry by entry; how many may is bounded by <see cref="ViewOptions.MaxReading"/>.</summary>
    public async ValueTask<LogEntry> ShowAsync(LogEntry entry, CancellationToken cancellation)
    {
        if (entry.In(view) is { } shown)
        {
            return shown;
        }

        var whenShown = entry.WhenIn(view);
        if (entry.TryAsk(view))
        {
            bool starts;
            lock (_gate)
            {
                (_asked ??= new()).Enqueue(entry);
                starts = !_isAtWork;
                _isAtWork = true;
            }

            if (starts)
            {
                Start();
            }
        }

        return await whenShown.WaitAsync(cancellation);
    }

    private void Start() => Hub.OffLoops(() => _ = WorkAsync());

    private async Task WorkAsync()
    {
        LogEntry? inHand = null;
        try
        {
            while ((inHand = TryTake()) is not null)
            {
                if (!await TryProjectAsync(inHand).ConfigureAwait(false))
                {
                    return;
                }

                Tell();
            }
        }
        catch (Exception e)
        {
            Hub.Metrics.Faults.Add(1);
            if (inHand is not null && inHand.In(view) is null)
            {
                // Nobody would ask for it again, and the view would stand still before it.
                Show(inHand, null, "failed");
            }

            lock (_gate)
            {
                (_isAtWork, _hasPassed) = (inHand is not null, true);
            }

            if (inHand is not null)
            {
                Start();
            }

            Log.RoomFault(Hub.Logger, room.Name, e);
        }
    }

    /// <returns>Null if there is nothing to do; then it is no longer at work.</returns>
    private LogEntry? TryTake()
    {
        bool tells;
        lock (_gate)
        {
            if (!Views.Stopping.IsCancellationRequested)
            {
                // In turns: who reads a history must not hold up who is live.
                _followsNext = !_followsNext;
                if (_followsNext && TryFollow() is { } live)
                {
                    return live;
                }

                if (_asked?.TryDequeue(out var asked) == true)
                {
                    return asked;
                }

                _asked = null;
                if (TryFollow() is { } next)
                {
                    return next;
                }
            }

            Reach(_next);
            (_isAtWork, tells, _hasPassed) = (false, _hasPassed, false);
        }

        if (tells)
        {
            Tell();
        }

        return null;
    }

    /// <summary>Under the lock.</summary>
    private LogEntry? TryFollow()
    {
        while (_follows && _log!.Head is var head && _next < head)
        {
            _next = Math.Max(_next, Floor);
            var entry = _next < head ? _log.TryRead(_next++) : null;
            if (entry?.TryAsk(view) == true)
            {
                return entry;
            }

            _hasPassed = true;
        }

        return null;
    }

    /// <returns>False if its time was over, and another worker has gone on.</returns>
    private async Task<bool> TryProjectAsync(LogEntry entry)
    {
        if (Volatile.Read(ref _givenUp) >= MaxGivenUp)
        {
            Show(entry, null, "stuck");
            return true;
        }

        using var attempt = new ProjectionAttempt(Hub.Time, Views.Options.Timeout, () => GiveUp(entry));
        Publication? shown = null;
        Exception? failure = null;
        try
        {
            shown = await room.Rule.ProjectAsync(entry.Publication!, view.Key, attempt.Cancellation).ConfigureAwait(false);
            failure = shown is not null && Refusal(entry.Publication!, shown) is { } refusal ? new ArgumentException(refusal) : null;
        }
        catch (Exception e)
        {
            failure = e;
        }

        if (!attempt.TryEnd())
        {
            Interlocked.Decrement(ref _givenUp);
            return false;
        }

        if (failure is null)
        {
            _isFailing = false;
            Show(entry, shown, shown is null ? "withheld" : "shown");
            return true;
        }

        if (!_isFailing)
        {
            _isFailing = true;
            ViewLog.ProjectionFailed(Hub.Logger, view.Key, room.Name, failure);
        }

        Show(entry, null, "failed");
        return true;
    }

    /// <summary>Whom a publication is meant for is looked at before what a view makes of it, so that no view can narrow it down.</summary>
    private static string? Refusal(Publication publication, Publication shown) =>
        shown.Audience is { } audience && audience != publication.Audience
            ? "A projection cannot say whom a publication is meant for; give null to the view that is not to see it."
            : DataRefusal(publication, shown) ?? PublicationLimits.Refusal(shown, null);

    /// <summary>
    /// Wire formats put JSON and text into their own messages as they are: what is neither would end the connection of every client of the view, and make a page of history
    /// unreadable. What was published is what it claims to be already.
    /// </summary>
    private static string? DataRefusal(Publication publication, Publication shown) =>
        shown.Kind == publication.Kind && shown.Data.Equals(publication.Data) ? null
        : shown.Kind == ContentKind.Json && !JsonText.IsOneValue(shown.Data.Span)
            ? $"What a projection shows claims to be JSON and is not one JSON value of at most {JsonText.MaxDepth} levels; give it another kind, as ContentKind.Text."
        : shown.Kind == ContentKind.Text && !Utf8.IsValid(shown.Data.Span)
            ? "What a projection shows claims to be text and is not UTF-8; give it another kind, as ContentKind.Binary."
        : null;

    /// <summary>A projection's time is over. It may never return, so that the next ones are made by another worker.</summary>
    private void GiveUp(LogEntry entry)
    {
        Interlocked.Increment(ref _givenUp);
        if (!_isFailing)
        {
            _isFailing = true;
            ViewLog.ProjectionLate(Hub.Logger, view.Key, room.Name, Views.Options.Timeout);
        }

        Show(entry, null, "late");
        Tell();
        Start();
    }

    private void Show(LogEntry entry, Publication? shown, string outcome)
    {
        Hub.Metrics.Projections.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        entry.Show(view, shown);
        lock (_gate)
        {
            Reach(entry.Sequence + 1);
        }
    }

    /// <summary>Under the lock.</summary>
    private void Reach(long sequence) => Volatile.Write(ref _reached, Math.Max(_reached, sequence));

    private void Tell() => room.Room?.TellLoops(view.Mark);
}
