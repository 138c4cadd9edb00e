namespace Broadcast.Core;

/// <summary>A connection's cursor into a room. Holds no messages. Touched by its connection's event loop only.</summary>
public sealed class Subscription
{
    /// <summary>Attempts to read history, a second apart, before the client must come again.</summary>
    private const int MaxRangeFailures = 5;

    private readonly JoinAt _at;
    private LogEntry[] _detour = [];
    private int _detourAt;
    private StreamPosition? _detourEnd;
    private LogEntry? _gap;
    private StreamPosition _untold;
    private int _generation;
    private int _failures;
    private bool _reading;
    private bool _retryRange;
    private bool _waitsForNews;
    private bool _askedTwice;
    private bool _fromOldest;
    private bool _undecided;
    private long _lookedAt;

    internal Subscription(Connection connection, Room room, WireFormat format, JoinAt at)
    {
        (Connection, Room, Format, _at) = (connection, room, format, at);
    }

    public Connection Connection { get; }

    public Room Room { get; }

    public SubscriptionState State { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Up to where the client has got everything, or was told of the gap.</summary>
    public StreamPosition Position => _gap is null ? Reached : _untold;

    /// <summary>Where the client will be when all that was collected for the present send has reached it; for <see cref="Dialect.Decorate"/>.</summary>
    public StreamPosition Offered { get; internal set; }

    /// <summary>Where it began, for a dialect that must name a position before the room has one.</summary>
    public JoinAt At => _at;

    /// <summary>Of a recovery: whether nothing was missing; known when the dialect is told that it is subscribed. Else null.</summary>
    public bool? Recovered { get; private set; }

    /// <summary>The dialect's own.</summary>
    public object? Context { get; internal set; }

    public Decision LastDecision { get; private set; }

    /// <summary>Where it goes on; beyond <see cref="Position"/> while a gap could not be told yet.</summary>
    internal StreamPosition Reached { get; private set; }

    internal WireFormat Format { get; }

    /// <summary>The next sequence to send, while Live; while CatchingUp, where it stood or joined: notices from there on were not told yet.</summary>
    internal long Cursor { get; private set; }

    internal RoomMembers? Members { get; set; }

    /// <summary>Where it stands among its room's members on this loop.</summary>
    internal int Slot { get; set; }

    /// <summary>The oldest sequence whose frames it still needs.</summary>
    internal long Needs => State switch
    {
        SubscriptionState.Joining => 0,
        SubscriptionState.Live when !IsPaused => Cursor,
        _ => long.MaxValue,
    };

    /// <summary>As <see cref="ITransport.Glance"/>.</summary>
    internal int Glance() => (int)Cursor + (int)Reached.Offset + _detourAt + Connection.Glance();

    /// <summary>Goes on with what its room does: opens, fails, has news. Then <see cref="Collect"/> has something to give.</summary>
    internal void Advance()
    {
        if (State == SubscriptionState.Joining)
        {
            if (Room.State == RoomState.Closed)
            {
                Connection.Dialect.SubscribingFailed(Connection, this);
            }
            else if (Room.State != RoomState.Opening)
            {
                Activate();
            }
        }
        else if (State == SubscriptionState.CatchingUp && !IsPaused && !_reading && !_retryRange && IsDetourUsedUp
            && !(_waitsForNews && Room.Log.Head == _lookedAt))
        {
            LookForWindow();
        }

        Offered = Position;
    }

    /// <summary>Gives what is to be sent next, as much as goes into one send.</summary>
    internal void Collect(Outgoing outgoing)
    {
        if (IsPaused || State is SubscriptionState.Joining or SubscriptionState.Left)
        {
            return;
        }

        var limit = Members!.Limit;
        if (State == SubscriptionState.Live && Cursor < limit && IsTooFarBehind(limit))
        {
            FallBehind(limit);
            if (State == SubscriptionState.Left)
            {
                return;
            }
        }

        if (_gap is not null && !outgoing.IsFull)
        {
            outgoing.Add(this, _gap);
        }

        var at = _detourAt;
        for (; at < _detour.Length && !outgoing.IsFull; at++)
        {
            outgoing.Add(this, _detour[at]);
        }

        if (State == SubscriptionState.Live && at == _detour.Length && Cursor < limit && !outgoing.IsFull && !outgoing.AddRun(this, limit))
        {
            // The window dropped it between the look and the reading. The rule looks again when what was collected is out; not
            // now, since what it changes is being sent. There may be no news to come back for.
            Connection.Loop.Again(Connection);
        }
    }

    /// <summary>An entry that was collected has been sent, or its last part is on its way.</summary>
    internal void Sent(LogEntry entry)
    {
        Reached = entry.Position;
        if (ReferenceEquals(entry, _gap))
        {
            _gap = null;
        }
        else if (_detourAt < _detour.Length && ReferenceEquals(entry, _detour[_detourAt]))
        {
            if (++_detourAt == _detour.Length)
            {
                Reached = _detourEnd ?? Reached;
                DropDetour();
            }
        }
        else
        {
            Cursor = entry.Sequence + 1;
        }
    }

    /// <summary>A run that was collected has been sent.</summary>
    internal void Sent(Run run)
    {
        Cursor = run.To;
        Reached = run.Position;
    }

    internal bool IsTooFarBehind(long head) => head - Cursor > Room.Rule.MaxBehind || Cursor < Room.Log.Oldest;

    /// <summary>On the loop: nothing is sent until <see cref="Resume"/>. What comes meanwhile is found in the history.</summary>
    public void Pause()
    {
        IsPaused = true;
        LastDecision = Decision.Paused;
    }

    /// <summary>On the loop.</summary>
    public void Resume()
    {
        if (!IsPaused)
        {
            return;
        }

        IsPaused = false;
        LastDecision = Decision.Resumed;
        if (State == SubscriptionState.Live)
        {
            CatchUp();
        }

        Connection.Loop.Again(Connection);
    }

    internal void RangeRead(HistoryRange? range, int generation)
    {
        if (generation != _generation || State != SubscriptionState.CatchingUp)
        {
            return;
        }

        _reading = false;
        if (range is not null)
        {
            _failures = 0;
            Take(range);
        }
        else if (++_failures < MaxRangeFailures)
        {
            _retryRange = true;
        }
        else
        {
            Connection.Close(Disconnect.InsufficientState);
        }
    }

    /// <summary>Called about once a second while its connection lives.</summary>
    internal void Tick()
    {
        if (_retryRange || _waitsForNews)
        {
            (_retryRange, _waitsForNews) = (false, false);
            Connection.Loop.Again(Connection);
        }
        else if (State == SubscriptionState.CatchingUp && (Connection.IsParked || IsPaused) && !IsDetourUsedUp)
        {
            // Who takes nothing for this long keeps no part of the history in memory; it is read again.
            DropDetour();
        }
    }

    internal void Leave()
    {
        State = SubscriptionState.Left;
        DropDetour();
        _gap = null;
        _generation++;
    }

    private bool IsDetourUsedUp => _detourAt == _detour.Length;

    private void Activate()
    {
        // Members first, head second: what is appended from now on is told to this loop.
        LastDecision = Decision.Joined;
        State = SubscriptionState.Live;
        (Cursor, Reached) = Room.Log.End;
        if (_at.Position is { } after)
        {
            // The empty epoch is of a client that has seen nothing of the room but its position.
            Reached = _at.IsRecovery && after.Epoch.Length == 0 ? Reached with { Offset = after.Offset } : after;
            _undecided = _at.IsRecovery;
        }
        else if (_at.IsStart)
        {
            Reached = Reached with { Offset = 0 };
            _fromOldest = true;
        }

        Hub.Joined(this);
        if (_undecided && Room.Rule.FallingBehind != FallingBehind.Resync && IsFurtherThan(Room.Rule.MaxBehind, Room.Log.Position))
        {
            // The rule would take it away again at once, and the client would come back with the same position for ever.
            Decide(recovered: false);
            return;
        }

        if (!_undecided)
        {
            Connection.Dialect.Subscribed(Connection, this);
        }

        // Being told, the dialect may have let it go again.
        if (_at != JoinAt.Now && State != SubscriptionState.Left)
        {
            CatchUp();
        }
    }

    private bool IsFurtherThan(int entries, StreamPosition head) =>
        Reached.Epoch == head.Epoch && head.Offset > Reached.Offset + (ulong)entries;

    /// <summary>Of a recovery: whether the client gets all it missed. If not, it begins at the newest and knows.</summary>
    private void Decide(bool recovered)
    {
        _undecided = false;
        Recovered = recovered;
        if (!recovered)
        {
            State = SubscriptionState.Live;
            (Cursor, Reached) = Room.Log.End;
        }

        Connection.Dialect.Subscribed(Connection, this);
    }

    private void CatchUp()
    {
        State = SubscriptionState.CatchingUp;
        DropDetour();
        LookForWindow();
    }

    private void LookForWindow()
    {
        _waitsForNews = false;
        _lookedAt = Room.Log.Head;
        if (Room.Log.TryFind(Reached, out var cursor))
        {
            Cursor = Room.Log.BackToNotices(cursor, notBefore: Cursor);
            State = SubscriptionState.Live;
            LastDecision = Decision.JoinedWindow;
            _fromOldest = false;
            if (_undecided)
            {
                Decide(recovered: true);
            }

            return;
        }

        LastDecision = Decision.ReadHistory;
        _reading = true;
        Connection.Loop.ReadHistory(this, ++_generation);
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
            var isContiguous = sameEpoch && !isAhead && Array.Find(range.Entries, IsAfterPosition)?.Position.Offset == Reached.Offset + 1;
            Decide(isContiguous);
            if (!isContiguous || State == SubscriptionState.Left)
            {
                return;
            }
        }

        if (isAhead)
        {
            TellGap(new Gap(top with { Offset = top.Offset + 1 }, Reached, GapReason.Ahead), top);
        }
        else
        {
            Announce(range, sameEpoch ? GapReason.Expired : GapReason.Epoch);
        }

        // What the room was not handed over yet is left to it.
        _detour = Array.FindAll(range.Entries, e => IsAfterPosition(e) && (log.Epoch != top.Epoch || e.Position.Offset <= log.Offset));
        (_detourAt, _detourEnd, _fromOldest) = (0, null, false);
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
            Reached = to;
            return;
        }

        TellGap(new Gap(Reached with { Offset = Reached.Offset + 1 }, to, reason), to);
    }

    private void FallBehind(long limit)
    {
        var rule = Room.Rule;
        switch (rule.FallingBehind)
        {
            case FallingBehind.Resync:
                if (Cursor < Room.Log.Oldest)
                {
                    CatchUp();
                }

                break;
            case FallingBehind.Skip:
                LastDecision = Decision.Skipped;
                SkipTo(Math.Max(Room.Log.Oldest, limit - rule.MaxBehind), GapReason.Behind);
                break;
            case FallingBehind.Latest:
                LastDecision = Decision.SkippedToLatest;
                SkipToLatest();
                break;
            case FallingBehind.Conflate:
                LastDecision = Decision.Conflated;
                Conflate();
                break;
            default:
                Connection.Close(Disconnect.SlowConsumer);
                break;
        }
    }

    private void SkipToLatest()
    {
        var from = IsDetourUsedUp ? Cursor : _detour[_detourAt].Sequence;
        if (Room.Log.LastPublication is not { } newest || newest.Sequence < from)
        {
            // Only notices.
            SkipTo(from, GapReason.Latest);
            return;
        }

        // The log keeps it even if its window does not.
        (_detour, _detourAt, _detourEnd, Cursor) = ([newest], 0, null, newest.Sequence + 1);
        var end = PositionBefore(newest);
        TellGap(new Gap(Reached with { Offset = Reached.Offset + 1 }, end, GapReason.Latest), end);
    }

    private void SkipTo(long sequence, string reason)
    {
        while (true)
        {
            var (head, end) = Room.Log.End;
            sequence = Math.Clamp(Math.Max(sequence, Room.Log.Oldest), 0, head);
            var next = Room.Log.TryRead(sequence);
            if (sequence == head || next is not null)
            {
                end = next is null ? end : PositionBefore(next);
                Cursor = sequence;
                TellGap(new Gap(Reached with { Offset = Reached.Offset + 1 }, end, reason), end);
                return;
            }

            // Dropped by the window just now: look again, from a later oldest.
        }
    }

    private static StreamPosition PositionBefore(LogEntry entry) => entry switch
    {
        { Notice: Gap gap } => gap.From with { Offset = gap.From.Offset - 1 },
        { Publication: null } => entry.Position,
        _ => entry.Position with { Offset = entry.Position.Offset - 1 },
    };

    private void Conflate()
    {
        // What is left of an earlier conflation is taken in, else it would be lost.
        var from = IsDetourUsedUp ? Cursor : _detour[_detourAt].Sequence;
        var newest = Room.Log.NewestOfEachKey(from, out var end);
        (_detour, _detourAt, _detourEnd, Cursor) = (newest, 0, end.Position, end.Head);
        TellGap(new Gap(Reached with { Offset = Reached.Offset + 1 }, end.Position, GapReason.Conflated), newest.Length > 0 ? Reached : end.Position);
    }

    /// <summary>The client is told, if anything is missing and its dialect tells it; its position moves on either way.</summary>
    private void TellGap(Gap gap, StreamPosition position)
    {
        var told = Position;
        Reached = position;
        if (gap.From.Epoch == gap.To.Epoch && gap.To.Offset < gap.From.Offset)
        {
            return;
        }

        Connection.Loop.Hub.Metrics.Gaps.Add(1, new KeyValuePair<string, object?>("reason", gap.Reason));
        var byDesign = gap.Reason is GapReason.Latest or GapReason.Conflated;
        if (!byDesign || Connection.Dialect.TellsGapsOfRule)
        {
            // One that was not told yet is not lost: nothing was sent between the two.
            var from = _gap?.Notice is Gap untold ? untold.From : gap.From;
            var reason = gap.Reason == GapReason.Expired && from.Epoch != gap.To.Epoch ? GapReason.Epoch : gap.Reason;
            (_gap, _untold) = (LogEntry.OfGap(new Gap(from, gap.To, reason), position), told);
            LastDecision = Decision.ToldOfGap;
        }
    }

    private void DropDetour() => (_detour, _detourAt, _detourEnd) = ([], 0, null);
}
