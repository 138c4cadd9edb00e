namespace Broadcast.Core;

/// <summary>
/// A room on this node, while it has members and a moment longer. Any thread may call it: what comes from the backplane goes through
/// its inbox, one after the other; who is a member is told by the members' own event loops.
/// </summary>
internal sealed class Room : IHandOver
{
    /// <summary>Hand-overs that wait while a hole is filled. What does not fit is found in the history afterwards.</summary>
    private const int MaxInbox = 4_096;

    internal static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(5);

    private readonly RoomContext _context;
    private readonly Task _predecessorGone;
    private readonly IRoomNews? _news;
    private RoomMembers? _members;
    private Queue<Arrival>? _inbox;
    private RoomHistory? _history;
    private TaskCompletionSource? _gone;
    private volatile RoomState _state = RoomState.Opening;
    private bool _openingAsked;
    private bool _busy;
    private bool _compare;
    private RoomReceipts? _receipts;
    private int _memberCount;
    private int _activeCount;
    private long _lingeringSince;

    /// <param name="predecessorGone">When the backplane let go of the room of this name that was closed before.</param>
    internal Room(string name, RoomRule rule, RoomContext context, Task predecessorGone)
    {
        (Name, _context, _predecessorGone) = (name, context, predecessorGone);
        Log = new RoomLog(rule, context.Budget, context.Time);
        Views = context.Views.Of(this);
        _news = context.Loops.NewsOf(this);
    }

    public string Name { get; }

    public RoomRule Rule => Log.Rule;

    public Presence Presence { get; } = new();

    public RoomState State => _state;

    public int MemberCount => Volatile.Read(ref _memberCount);

    /// <summary>The newest position on this node.</summary>
    public StreamPosition Position => Log.Position;

    /// <summary>Ends when the room is closed and the backplane has let go of it; until then no other may subscribe to its name.</summary>
    internal Task Gone
    {
        get
        {
            lock (Log)
            {
                return (_gone ??= new TaskCompletionSource()).Task;
            }
        }
    }

    internal RoomLog Log { get; }

    /// <summary>Null as long as nobody asks what becomes of publications.</summary>
    internal RoomReceipts? Receipts => Volatile.Read(ref _receipts);

    internal Audiences Audiences => _context.Audiences;

    /// <summary>Null if it looks alike to all.</summary>
    internal RoomViews? Views { get; }

    internal RoomHistory History
    {
        get
        {
            lock (Log)
            {
                return _history ??= new RoomHistory(Name, _context);
            }
        }
    }

    private HoleFilling Filling => new(this, _context);

    /// <summary>Any thread. In the order of calls, except that offsets decide.</summary>
    void IHandOver.HandOver(StreamPosition position, Publication publication)
    {
        if (TryAppendAtOnce(position, publication))
        {
            TellNews();
        }
        else
        {
            Enqueue(new Arrival(position, publication, null));
        }

        if (_context.Budget.IsExceeded)
        {
            _context.Evict();
        }
    }

    void IHandOver.HandOver(Notice notice) => HandOver(notice);

    /// <summary>Any thread.</summary>
    internal void HandOver(Notice notice) => Enqueue(new Arrival(default, null, notice));

    /// <summary>Compares the log's position with the backplane's once the inbox is empty, and reads what is missing.</summary>
    internal void ComparePositions()
    {
        lock (Log)
        {
            _compare = _state != RoomState.Closed;
            if (!_compare || _busy || _state == RoomState.Opening)
            {
                return;
            }

            _busy = true;
        }

        _ = WorkOffAsync();
    }

    /// <summary>Makes a subscription a member; on its loop.</summary>
    /// <returns>False if the room is closed, and the hub must give another.</returns>
    internal bool TryAdd(Subscription subscription, EventLoop loop)
    {
        RoomMembers? members;
        bool open;
        lock (Log)
        {
            if (_state == RoomState.Closed)
            {
                return false;
            }

            _memberCount++;
            _state = _state == RoomState.Lingering ? RoomState.Open : _state;
            open = !_openingAsked;
            _openingAsked = true;
            members = _news is null ? MembersOn(loop) : null;
        }

        members ??= _news!.Join(loop);
        subscription.Members = members;
        members.Add(subscription);
        if (open)
        {
            _ = OpenAsync();
        }

        return true;
    }

    /// <summary>On the loop of a member: what is appended from now on is meant for it, too.</summary>
    /// <returns>The end of the log at that moment.</returns>
    internal (long Head, StreamPosition Position) Activate()
    {
        lock (Log)
        {
            _activeCount++;
            return Log.End;
        }
    }

    /// <summary>On the loop of the subscription, after it was taken from its members.</summary>
    internal void MemberLeft(Subscription subscription, bool wasActive)
    {
        _news?.Leave(subscription.Members!);
        lock (Log)
        {
            if (wasActive)
            {
                _activeCount--;
                _receipts?.Left(subscription);
            }

            if (--_memberCount == 0 && _state == RoomState.Open)
            {
                _state = RoomState.Lingering;
                _lingeringSince = _context.Time.GetTimestamp();
            }
        }
    }

    /// <summary>Of a publication that has come, or is to come.</summary>
    /// <param name="missing">Why there is none of a publication that may have had members here, in one sentence; else null.</param>
    /// <returns>Null if it is missing, or nobody here was a member then.</returns>
    internal OpenReceipt? ReceiptOf(StreamPosition position, out string? missing)
    {
        lock (Log)
        {
            missing = null;
            if (Log.Position.Epoch != position.Epoch || position.Offset > Log.Position.Offset)
            {
                return _state == RoomState.Closed ? _receipts?.Find(position) : OwnReceipts().Open(position);
            }

            var receipt = _receipts?.Find(position);
            if (receipt is null && !Log.BeganAfter(position))
            {
                missing = _receipts?.HasGivenUp(position) == true
                    ? $"It had more than {_context.MaxReceipts} receipts of this room under way, and gave this one up."
                    : "It keeps no receipt of this publication: it came without one, or more than half a minute ago.";
            }

            return receipt;
        }
    }

    /// <summary>Called about once a second.</summary>
    /// <returns>Whether the room is gone and to be forgotten.</returns>
    internal bool Housekeep()
    {
        Log.TrimByAge();
        Volatile.Read(ref _history)?.Housekeep();
        lock (Log)
        {
            if (_receipts?.Housekeep() == true)
            {
                Volatile.Write(ref _receipts, null);
            }

            if (_state is RoomState.Opening or RoomState.Open
                || (_state == RoomState.Lingering && _context.Time.GetElapsedTime(_lingeringSince) < LingerTime))
            {
                return false;
            }

            if (_state == RoomState.Closed)
            {
                return Gone.IsCompleted;
            }

            _state = RoomState.Closed;
        }

        Log.Close();
        _news?.Close();
        _ = UnsubscribeAsync();
        return Gone.IsCompleted;
    }

    /// <summary>Puts it on the log and tells the loops. Inside the inbox's turn only.</summary>
    internal void Append(Publication publication, StreamPosition position)
    {
        lock (Log)
        {
            Put(publication, position);
        }

        CountUnknown(publication);
        TellNews();
    }

    /// <summary>Inside the inbox's turn only.</summary>
    internal void Append(Notice notice)
    {
        Log.Append(notice);
        TellNews();
    }

    /// <summary>After a round of a loop: frames that every cursor has passed are let go; where there is a loop for each, they go with the window.</summary>
    internal void ReleaseFrames()
    {
        if (_news is not null)
        {
            return;
        }

        var passed = long.MaxValue;
        for (var members = Volatile.Read(ref _members); members is not null; members = members.Next)
        {
            passed = members.Count > 0 ? Math.Min(passed, members.Passed) : passed;
        }

        Log.ReleaseFramesBefore(Math.Min(passed, Log.Head));
    }

    /// <summary>The usual case, past the inbox: nothing waits there, and nothing is missing before it.</summary>
    private bool TryAppendAtOnce(StreamPosition position, Publication publication)
    {
        lock (Log)
        {
            var head = Log.Position;
            if (_busy || _state is RoomState.Opening or RoomState.Closed || position.Offset != head.Offset + 1 || position.Epoch != head.Epoch)
            {
                return false;
            }

            Put(publication, position);
        }

        CountUnknown(publication);
        return true;
    }

    /// <summary>While nodes are updated one after the other, some may not know yet what others publish for.</summary>
    private void CountUnknown(Publication publication)
    {
        if (publication.Audience is { } audience && !_context.Audiences.Knows(audience))
        {
            _context.Metrics.UnknownAudiences.Add(1);
        }
    }

    /// <summary>Under the lock.</summary>
    private void Put(Publication publication, StreamPosition position)
    {
        if (publication.WantsReceipt)
        {
            OwnReceipts().Begin(position, Log.Head, _activeCount, publication.Audience);
        }

        Log.Append(publication, position);
    }

    /// <summary>Under the lock.</summary>
    private RoomReceipts OwnReceipts()
    {
        var receipts = _receipts ?? new RoomReceipts(_context.MaxReceipts, _context.Time);
        Volatile.Write(ref _receipts, receipts);
        return receipts;
    }

    private void Enqueue(Arrival arrival)
    {
        lock (Log)
        {
            if (_state == RoomState.Closed)
            {
                return;
            }

            _inbox ??= new();
            if (_inbox.Count >= MaxInbox)
            {
                _compare = true;
                _context.Metrics.HandOverOverflows.Add(1);
                return;
            }

            _inbox.Enqueue(arrival);
            if (_busy || _state == RoomState.Opening)
            {
                return;
            }

            _busy = true;
        }

        _ = WorkOffAsync();
    }

    /// <summary>One at a time, usually without waiting and so on the caller's thread; it waits only while a hole is filled.</summary>
    private async Task WorkOffAsync()
    {
        while (TryDequeue(out var arrival))
        {
            try
            {
                if (!Filling.TryAppend(arrival))
                {
                    await Filling.AppendAsync(arrival);
                }
            }
            catch (OperationCanceledException) when (_context.Stopping.IsCancellationRequested)
            {
                // The node stops; its members are told by their loops.
            }
            catch (Exception e)
            {
                _context.Metrics.Faults.Add(1);
                Core.Log.RoomFault(_context.Logger, Name, e);
            }
        }
    }

    private bool TryDequeue(out Arrival arrival)
    {
        lock (Log)
        {
            arrival = default;
            if (_inbox?.TryDequeue(out arrival) == true)
            {
                return true;
            }

            // Most rooms never need one, so none keeps it for the next time.
            _inbox = null;

            if (_compare && _state != RoomState.Closed)
            {
                _compare = false;
                return true;
            }

            _busy = false;
            return false;
        }
    }

    private async Task OpenAsync()
    {
        try
        {
            // Else the end of the old subscription could come after the beginning of this one, and end it.
            await _predecessorGone;
            var position = await _context.Backplane.SubscribeAsync(Name, this, _context.Stopping);
            lock (Log)
            {
                Log.Start(position);
                _receipts?.Start(position);
                _state = _memberCount > 0 ? RoomState.Open : RoomState.Lingering;
                _lingeringSince = _context.Time.GetTimestamp();
                _busy = true;
            }

            TellLoops();
            await WorkOffAsync();
        }
        catch (Exception e)
        {
            lock (Log)
            {
                _state = RoomState.Closed;
                _inbox = null;
            }

            if (!_context.Stopping.IsCancellationRequested)
            {
                _context.Metrics.Faults.Add(1);
                Core.Log.RoomNotOpened(_context.Logger, Name, e);
            }

            HasGone();
            TellLoops();
            _news?.Close();
        }
    }

    private async Task UnsubscribeAsync()
    {
        try
        {
            await _context.Backplane.UnsubscribeAsync(Name, _context.Stopping);
        }
        catch (Exception e) when (e is BackplaneException or OperationCanceledException)
        {
            // Hand-overs to a room that is gone are dropped; nothing else depends on it.
            Core.Log.RoomNotUnsubscribed(_context.Logger, Name, e);
        }
        finally
        {
            HasGone();
        }
    }

    private void HasGone()
    {
        _ = Gone;
        _gone!.SetResult();
    }

    /// <summary>The log has something new. Where a view must be made of it first, its members are told when that is done.</summary>
    private void TellNews()
    {
        if (Views is { } views)
        {
            views.News();
        }
        else
        {
            TellLoops();
        }
    }

    /// <summary>Any thread.</summary>
    /// <param name="views">The marks of those whose members have something to look at.</param>
    internal void TellLoops(long views = View.AllMarks)
    {
        // The head was written before; who becomes a member after this line reads it after joining.
        Interlocked.MemoryBarrier();
        for (var members = Volatile.Read(ref _members); members is not null; members = members.Next)
        {
            members.Tell(views);
        }

        _news?.Tell();
    }

    /// <summary>Under the lock.</summary>
    private RoomMembers MembersOn(EventLoop loop)
    {
        for (var members = _members; members is not null; members = members.Next)
        {
            if (members.Loop == loop)
            {
                return members;
            }
        }

        var first = new RoomMembers(this, loop, _members);
        Volatile.Write(ref _members, first);
        return first;
    }
}
