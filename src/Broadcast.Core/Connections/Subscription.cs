namespace Broadcast.Core;

/// <summary>A connection's cursor into a room. Holds no messages. Touched by its connection's event loop only.</summary>
public sealed class Subscription
{
    /// <summary>Attempts to read history, a second apart, before the client must come again.</summary>
    private const int MaxRangeFailures = 5;

    private readonly JoinAt _at;
    private LogEntry[] _detour = [];
    private int _detourAt;
    private LogEntry? _gap;
    private int _generation;
    private int _failures;
    private bool _reading;
    private bool _retryRange;
    private bool _fromOldest;
    private bool _undecided;

    internal Subscription(Connection connection, Room room, WireFormat format, JoinAt at)
    {
        (Connection, Room, Format, _at) = (connection, room, format, at);
    }

    public Connection Connection { get; }

    public Room Room { get; }

    public SubscriptionState State { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Up to where the client has got everything, or was told of the gap.</summary>
    public StreamPosition Position { get; private set; }

    /// <summary>Where the client will be when all that was collected for the present send has reached it; for <see cref="Dialect.Decorate"/>.</summary>
    public StreamPosition Offered { get; internal set; }

    /// <summary>Where it began, for a dialect that must name a position before the room has one.</summary>
    public JoinAt At => _at;

    /// <summary>Of a recovery: whether nothing was missing; known when the dialect is told that it is subscribed. Else null.</summary>
    public bool? Recovered { get; private set; }

    /// <summary>The dialect's own.</summary>
    public object? Context { get; internal set; }

    public Decision LastDecision { get; private set; }

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
        else if (State == SubscriptionState.CatchingUp && !_reading && !_retryRange && IsDetourUsedUp)
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

        for (var at = _detourAt; at < _detour.Length && !outgoing.IsFull; at++)
        {
            outgoing.Add(this, _detour[at]);
        }

        if (State == SubscriptionState.Live && IsDetourUsedUp && Cursor < limit && !outgoing.IsFull && !outgoing.AddRun(this, limit))
        {
            // The window dropped it between the look and the reading; whatever the rule says is collected at the next pass.
            FallBehind(limit);
            Connection.Loop.Again(Connection);
        }
    }

    /// <summary>An entry that was collected has been sent, or its last part is on its way.</summary>
    internal void Sent(LogEntry entry)
    {
        if (ReferenceEquals(entry, _gap))
        {
            _gap = null;
        }
        else if (_detourAt < _detour.Length && ReferenceEquals(entry, _detour[_detourAt]))
        {
            if (++_detourAt == _detour.Length)
            {
                DropDetour();
            }
        }
        else
        {
            Cursor = entry.Sequence + 1;
        }

        Position = entry.Position;
    }

    /// <summary>A run that was collected has been sent.</summary>
    internal void Sent(Run run)
    {
        Cursor = run.To;
        Position = run.Position;
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
        if (_retryRange)
        {
            _retryRange = false;
            Advance();
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
        (Cursor, Position) = Room.Log.End;
        if (_at.Position is { } after)
        {
            // The empty epoch is of a client that has seen nothing of the room but its position.
            Position = _at.IsRecovery && after.Epoch.Length == 0 ? Position with { Offset = after.Offset } : after;
            _undecided = _at.IsRecovery;
        }
        else if (_at.IsStart)
        {
            Position = Position with { Offset = 0 };
            _fromOldest = true;
        }

        Hub.Joined(this);
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

    /// <summary>Of a recovery: whether the client gets all it missed. If not, it begins at the newest and knows.</summary>
    private void Decide(bool recovered)
    {
        _undecided = false;
        Recovered = recovered;
        if (!recovered)
        {
            State = SubscriptionState.Live;
            (Cursor, Position) = Room.Log.End;
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
        if (Room.Log.TryFind(Position, out var cursor))
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
        var log = Room.Log.Position;
        var isOtherEpoch = range.Top.Epoch != Position.Epoch;
        var isAhead = !isOtherEpoch && Position.Offset > range.Top.Offset;
        if (range.Top.Epoch != log.Epoch || (!isOtherEpoch && !isAhead && Position.Offset >= log.Offset))
        {
            // The room does not know yet what the history has; it is asked to compare, and tells.
            Room.ComparePositions();
            return;
        }

        var isContiguous = !isOtherEpoch && !isAhead && range.Entries.Length > 0
            && range.Entries[0].Position.Offset <= Position.Offset + 1 && range.Entries[^1].Position.Offset > Position.Offset;
        if (_undecided)
        {
            Decide(isContiguous);
            if (!isContiguous || State == SubscriptionState.Left)
            {
                return;
            }
        }

        if (isAhead)
        {
            TellGap(new Gap(range.Top with { Offset = range.Top.Offset + 1 }, Position, GapReason.Ahead), range.Top);
        }
        else if (!isContiguous)
        {
            Announce(range, isOtherEpoch ? GapReason.Epoch : GapReason.Expired);
        }

        // What the room was not handed over yet is left to it, so that nothing comes twice.
        _detour = Array.FindAll(range.Entries, e => e.Position.Offset > Position.Offset && e.Position.Offset <= log.Offset);
        _detourAt = 0;
        _fromOldest = false;
        if (_detour.Length == 0)
        {
            LookForWindow();
        }
    }

    /// <summary>What is missing before the first entry of a range, or up to its top if it has none.</summary>
    private void Announce(HistoryRange range, string reason)
    {
        var first = range.Entries.Length > 0 ? range.Entries[0].Position.Offset : range.Top.Offset + 1;
        var to = range.Top with { Offset = first - 1 };
        var nothingMissed = to.Epoch == Position.Epoch && to.Offset <= Position.Offset;
        if (_fromOldest || nothingMissed)
        {
            Position = to.Epoch == Position.Epoch && to.Offset < Position.Offset ? Position : to;
            return;
        }

        TellGap(new Gap(Position with { Offset = Position.Offset + 1 }, to, reason), to);
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
                SkipTo(Math.Max(Cursor, Room.Log.LastPublication?.Sequence ?? limit), GapReason.Latest);
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
                TellGap(new Gap(Position with { Offset = Position.Offset + 1 }, end, reason), end);
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
        _detour = Room.Log.NewestOfEachKey(from, out var end);
        _detourAt = 0;
        Cursor = end.Head;
        TellGap(new Gap(Position with { Offset = Position.Offset + 1 }, end.Position, GapReason.Conflated), Position);
    }

    /// <summary>The client is told, if anything is missing and its dialect tells it; its position moves on either way.</summary>
    private void TellGap(Gap gap, StreamPosition position)
    {
        Position = position;
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
            _gap = LogEntry.OfGap(gap with { From = from }, position);
            LastDecision = Decision.ToldOfGap;
        }
    }

    private void DropDetour() => (_detour, _detourAt) = ([], 0);
}
