namespace Broadcast.Core;

/// <summary>
/// How a subscription that is behind the window gets back to it: block by block from the history, until the window has what follows. It lives
/// while the subscription is <see cref="SubscriptionState.CatchingUp"/>; touched by its connection's event loop only.
/// </summary>
/// <param name="fromOldest">It joined at the start: what is no longer kept before the first it gets is not missing.</param>
/// <param name="undecided">Of a recovery: its client was not told yet whether it gets all it missed.</param>
internal sealed class CatchingUp(Subscription subscription, bool fromOldest, bool undecided)
{
    /// <summary>Attempts to read history, a second apart, before the client must come again.</summary>
    private const int MaxFailures = 5;

    private bool _fromOldest = fromOldest;
    private bool _undecided = undecided;
    private bool _reading;
    private bool _retry;
    private bool _waitsForNews;
    private bool _askedTwice;
    private int _failures;
    private long _lookedAt;

    public Subscription Subscription => subscription;

    private Room Room => subscription.Room;

    private StreamPosition Reached => subscription.Reached;

    /// <summary>What was read has been sent, or something else has changed.</summary>
    public void GoOn()
    {
        if (!_reading && !_retry && !(_waitsForNews && Room.Log.Head == _lookedAt))
        {
            LookForWindow();
        }
    }

    /// <summary>Called about once a second.</summary>
    /// <returns>Whether it waited for just that.</returns>
    public bool Tick()
    {
        var waited = _retry || _waitsForNews;
        (_retry, _waitsForNews) = (false, false);
        return waited;
    }

    /// <param name="range">Null if it could not be read.</param>
    public void RangeRead(HistoryRange? range)
    {
        _reading = false;
        if (range is not null)
        {
            _failures = 0;
            Take(range);
        }
        else if (++_failures < MaxFailures)
        {
            _retry = true;
        }
        else
        {
            subscription.Connection.Close(Disconnect.InsufficientState);
        }
    }

    public void LookForWindow()
    {
        _waitsForNews = false;
        _lookedAt = Room.Log.Head;
        if (Room.Log.TryFind(Reached, out var cursor))
        {
            subscription.JoinWindow(Room.Log.BackToNotices(cursor, notBefore: subscription.Cursor));
            if (_undecided)
            {
                subscription.Decide(recovered: true);
            }

            return;
        }

        _reading = true;
        subscription.ReadHistory();
    }

    private void Take(HistoryRange range)
    {
        var (top, log) = (range.Top, Room.Log.Position);
        var sameEpoch = top.Epoch == Reached.Epoch;
        if ((!sameEpoch || Reached.Offset >= top.Offset) && !_askedTwice)
        {
            // The read is shared, and may have begun before this position was reached. The next one has not.
            _askedTwice = true;
            return;
        }

        _askedTwice = false;
        if (sameEpoch ? Reached.Offset == top.Offset || (Reached.Offset < top.Offset && IsUpTo(log)) : top.Epoch != log.Epoch)
        {
            // The history has what the room was not handed over yet. The room reads it, and tells.
            _waitsForNews = true;
            Room.ComparePositions();
            return;
        }

        var isAhead = sameEpoch && Reached.Offset > top.Offset;
        if (_undecided)
        {
            _undecided = false;
            var isContiguous = sameEpoch && !isAhead && Array.Find(range.Entries, IsAfterPosition)?.Position.Offset == Reached.Offset + 1;
            subscription.Decide(isContiguous);
            if (!isContiguous || subscription.State == SubscriptionState.Left)
            {
                return;
            }
        }

        if (isAhead)
        {
            subscription.TellGap(new Gap(top with { Offset = top.Offset + 1 }, Reached, GapReason.Ahead), top);
        }
        else
        {
            Announce(range, sameEpoch ? GapReason.Expired : GapReason.Epoch);
        }

        // What the room was not handed over yet is left to it.
        subscription.Lead(Array.FindAll(range.Entries, e => IsAfterPosition(e) && (log.Epoch != top.Epoch || e.Position.Offset <= log.Offset)));
        _fromOldest = false;
    }

    private bool IsUpTo(StreamPosition log) => Reached.Epoch == log.Epoch && Reached.Offset >= log.Offset;

    private bool IsAfterPosition(LogEntry entry) => entry.Position.Epoch != Reached.Epoch || entry.Position.Offset > Reached.Offset;

    /// <summary>What is missing before the first entry of a range that follows the position, or up to its top if none does.</summary>
    private void Announce(HistoryRange range, string reason)
    {
        var first = Array.Find(range.Entries, IsAfterPosition)?.Position.Offset ?? range.Top.Offset + 1;
        var to = range.Top with { Offset = first - 1 };
        if (to == Reached)
        {
            return;
        }

        if (_fromOldest && to.Epoch == Reached.Epoch)
        {
            subscription.PassOver(to);
            return;
        }

        subscription.TellGap(new Gap(Reached with { Offset = Reached.Offset + 1 }, to, reason), to);
    }
}
