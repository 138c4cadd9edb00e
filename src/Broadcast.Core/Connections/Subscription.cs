namespace Broadcast.Core;

/// <summary>A connection's cursor into a room. Holds no messages. Touched by its connection's event loop only.</summary>
internal sealed class Subscription
{
    /// <summary>Entries asked for ahead of those that are sent.</summary>
    private const int MaxAsked = 64;

    private readonly JoinAt _at;
    private Detour? _detour;
    private CatchingUp? _catchingUp;
    private Session? _seenAs;
    private bool _awaits;

    internal Subscription(Connection connection, Room room, WireFormat format, JoinAt at)
    {
        (Connection, Room, Format, _at) = (connection, room, format, at);
    }

    public Connection Connection { get; }

    public Room Room { get; }

    public SubscriptionState State { get; private set; }

    public bool IsPaused { get; private set; }

    /// <summary>Up to where the client has got everything, or was told of the gap.</summary>
    public StreamPosition Position => _detour?.Untold ?? Reached;

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

    /// <summary>What it is shown of its room; null in a room without views, and until that is known.</summary>
    internal View? View { get; private set; }

    /// <summary>When it is to be visited: when its view has something to show; or whenever there is anything.</summary>
    internal long Mark => View?.Mark ?? View.AllMarks;

    internal RoomMembers? Members { get; set; }

    /// <summary>What stands in the log from there on was put there while it was a member.</summary>
    internal long MemberFrom { get; private set; }

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
    internal int Glance() => (int)Cursor + (int)Reached.Offset + (_detour is null ? 0 : 1) + Connection.Glance();

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
        else if (!IsPaused && IsDetourUsedUp)
        {
            _catchingUp?.GoOn();
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
        if (State == SubscriptionState.Live && Cursor < limit && IsTooFarBehind(limit) && !IsHeldUp)
        {
            FallBehind(limit);
            Room.Receipts?.PassedOver(this);
            if (State == SubscriptionState.Left)
            {
                return;
            }
        }

        // Looked at after all of that: what was published after its session changed is shown as to the new one.
        if (Room.Views is { } views)
        {
            SeeAs(Connection.Session, views);
        }

        var isThrough = _detour is null || _detour.Collect(this, outgoing);
        if (State != SubscriptionState.Live || !isThrough || Cursor >= limit || outgoing.IsFull || outgoing.AddRun(this, limit))
        {
            return;
        }

        if (View is not null && Room.Log.TryRead(Cursor) is { } next)
        {
            Ask([next]);
            return;
        }

        // The window dropped it between the look and the reading. The rule looks again when what was collected is out; not
        // now, since what it changes is being sent. There may be no news to come back for.
        Connection.Loop.Again(Connection);
    }

    /// <summary>It stands before entries of which its view does not show anything yet: they are wanted in this order. Its loop is told.</summary>
    internal void Ask(ReadOnlySpan<LogEntry> entries)
    {
        foreach (var entry in entries[..Math.Min(entries.Length, MaxAsked)])
        {
            View!.Projector.Ask(entry);
        }

        _awaits = entries[0].IsAwaited(View!);
    }

    /// <summary>An entry that was collected has been sent, or its last part is on its way.</summary>
    internal void Sent(LogEntry entry)
    {
        _awaits = false;
        if (_detour?.Sent(entry, out var reached) == true)
        {
            Reached = reached;
            _detour = _detour.IsEmpty ? null : _detour;
        }
        else
        {
            (Cursor, Reached) = (entry.Sequence + 1, entry.Position);
        }
    }

    /// <summary>A run that was collected has been sent.</summary>
    internal void Sent(Run run)
    {
        Room.Receipts?.Sent(this, run, run.To);
        _awaits = false;
        Cursor = run.To;
        Reached = run.Position;
    }

    /// <summary>Whether it gets an entry of the log beside its cursor.</summary>
    internal bool IsLedTo(long sequence) => _detour?.Has(sequence) == true;

    /// <summary>Of what its view shows: it is not the client that is behind where the view is.</summary>
    internal bool IsTooFarBehind(long head) =>
        Math.Min(head, View?.Projector.Reached ?? head) - Cursor > Room.Rule.MaxBehind || Cursor < Room.Log.Oldest;

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

    /// <param name="range">Null if it could not be read.</param>
    /// <param name="asked">Who asked; no longer of interest if another one, or nobody, is at it.</param>
    internal void RangeRead(HistoryRange? range, CatchingUp asked)
    {
        if (asked == _catchingUp)
        {
            asked.RangeRead(range);
        }
    }

    /// <summary>Called about once a second while its connection lives.</summary>
    internal void Tick()
    {
        if (_catchingUp is null)
        {
            return;
        }

        if (_catchingUp.Tick())
        {
            Connection.Loop.Again(Connection);
        }
        else if ((Connection.IsParked || IsPaused) && !IsDetourUsedUp)
        {
            // Who takes nothing for this long keeps no part of the history in memory; it is read again.
            DropDetour();
        }
    }

    internal void Leave()
    {
        if (View is { } view)
        {
            Room.Views!.Leave(view);
        }

        State = SubscriptionState.Left;
        (_detour, _catchingUp) = (null, null);
    }

    /// <summary>The window has what follows.</summary>
    internal void JoinWindow(long cursor)
    {
        Cursor = cursor;
        GoLive();
        LastDecision = Decision.JoinedWindow;
    }

    internal void ReadHistory()
    {
        LastDecision = Decision.ReadHistory;
        Connection.Loop.ReadHistory(_catchingUp!);
    }

    /// <summary>These are sent next.</summary>
    /// <param name="end">Where they lead to, if that is further than the last of them.</param>
    internal void Lead(LogEntry[] entries, StreamPosition? end = null)
    {
        if (entries.Length > 0)
        {
            (_detour ??= new Detour()).Lead(entries, end);
        }
    }

    /// <summary>Nothing is missing up to there.</summary>
    internal void PassOver(StreamPosition to) => Reached = to;

    /// <summary>Of what the client gets next.</summary>
    private long NextSequence => _detour is { IsUsedUp: false } detour ? detour.NextSequence : Cursor;

    private bool IsDetourUsedUp => _detour is null or { IsUsedUp: true };

    /// <summary>
    /// It waits for its view, or has done so: it is not the client that is behind. What it waited for goes out before a rule may pass over it, else a view
    /// that is slower than its room would never show anything.
    /// </summary>
    private bool IsHeldUp => _awaits && (!IsDetourUsedUp || Room.Log.TryRead(Cursor) is not null);

    private void SeeAs(Session session, RoomViews views)
    {
        if (ReferenceEquals(session, _seenAs))
        {
            return;
        }

        var was = View;
        (View, _seenAs) = (views.Enter(session), session);
        if (was is not null)
        {
            views.Leave(was);
        }

        // What has come between the look at the head and this, the new view tells nobody.
        Connection.Loop.Again(Connection);
    }

    private void Activate()
    {
        // Members first, head second: what is appended from now on is told to this loop.
        LastDecision = Decision.Joined;
        State = SubscriptionState.Live;
        (Cursor, Reached) = Room.Activate();
        MemberFrom = Cursor;
        var (undecided, fromOldest) = (_at is { Position: not null, IsRecovery: true }, _at is { Position: null, IsStart: true });
        if (_at.Position is { } after)
        {
            // The empty epoch is of a client that has seen nothing of the room but its position.
            Reached = undecided && after.Epoch.Length == 0 ? Reached with { Offset = after.Offset } : after;
        }
        else if (fromOldest)
        {
            Reached = Reached with { Offset = 0 };
        }

        Hub.Joined(this);
        if (undecided && Room.Rule.FallingBehind != FallingBehind.Resync && IsFurtherThan(Room.Rule.MaxBehind, Room.Log.Position))
        {
            // The rule would take it away again at once, and the client would come back with the same position for ever.
            Decide(recovered: false);
            return;
        }

        if (!undecided)
        {
            Connection.Dialect.Subscribed(Connection, this);
        }

        // Being told, the dialect may have let it go again.
        if (_at != JoinAt.Now && State != SubscriptionState.Left)
        {
            CatchUp(fromOldest, undecided);
        }
    }

    private bool IsFurtherThan(int entries, StreamPosition head) =>
        Reached.Epoch == head.Epoch && head.Offset > Reached.Offset + (ulong)entries;

    /// <summary>Of a recovery: whether the client gets all it missed. If not, it begins at the newest and knows.</summary>
    internal void Decide(bool recovered)
    {
        Recovered = recovered;
        if (!recovered)
        {
            GoLive();
            (Cursor, Reached) = Room.Log.End;
        }

        Connection.Dialect.Subscribed(Connection, this);
    }

    private void CatchUp(bool fromOldest = false, bool undecided = false)
    {
        State = SubscriptionState.CatchingUp;
        DropDetour();
        _catchingUp = new CatchingUp(this, fromOldest, undecided);
        _catchingUp.LookForWindow();
    }

    private void GoLive() => (State, _catchingUp) = (SubscriptionState.Live, null);

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
        var from = NextSequence;
        if (Room.Log.LastPublication is not { } newest || newest.Sequence < from)
        {
            // Only notices.
            SkipTo(from, GapReason.Latest);
            return;
        }

        // The log keeps it even if its window does not.
        Lead([newest]);
        Cursor = newest.Sequence + 1;
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
        var from = NextSequence;
        var newest = Room.Log.NewestOfEachKey(from, out var end);
        Lead(newest, end.Position);
        Cursor = end.Head;
        TellGap(new Gap(Reached with { Offset = Reached.Offset + 1 }, end.Position, GapReason.Conflated), newest.Length > 0 ? Reached : end.Position);
    }

    /// <summary>The client is told, if anything is missing and its dialect tells it; its position moves on either way.</summary>
    internal void TellGap(Gap gap, StreamPosition position)
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
            var from = _detour?.Gap?.From ?? gap.From;
            var reason = gap.Reason == GapReason.Expired && from.Epoch != gap.To.Epoch ? GapReason.Epoch : gap.Reason;
            (_detour ??= new Detour()).Tell(LogEntry.OfGap(new Gap(from, gap.To, reason), position), told);
            LastDecision = Decision.ToldOfGap;
        }
    }

    private void DropDetour()
    {
        _detour?.Drop();
        _detour = _detour is { IsEmpty: false } ? _detour : null;
    }
}
