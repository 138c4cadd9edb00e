namespace Broadcast.Core;

/// <summary>
/// A room on this node, while it has members and a moment longer. Any thread may call it: what comes from the backplane goes through
/// its inbox, one after the other; who is a member is told by the members' own event loops.
/// </summary>
public sealed class Room
{
    /// <summary>Hand-overs that wait while a hole is filled. What does not fit is found in the history afterwards.</summary>
    private const int MaxInbox = 4_096;

    internal static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(5);

    private readonly RoomContext _context;
    private readonly Lock _gate = new();
    private readonly Queue<Arrival> _inbox = new();
    private readonly TaskCompletionSource _gone = new();
    private readonly Task _predecessorGone;
    private RoomMembers?[] _members = [];
    private volatile RoomState _state = RoomState.Opening;
    private bool _openingAsked;
    private bool _busy;
    private bool _compare;
    private int _memberCount;
    private long _lingeringSince;

    /// <param name="predecessorGone">When the backplane let go of the room of this name that was closed before.</param>
    internal Room(string name, RoomRule rule, RoomContext context, Task predecessorGone)
    {
        (Name, Rule, _context, _predecessorGone) = (name, rule, context, predecessorGone);
        Log = new RoomLog(rule, context.Budget, context.Time);
        History = new RoomHistory(name, context);
        Filling = new HoleFilling(this, context);
        LastAppend = context.Time.GetTimestamp();
    }

    public string Name { get; }

    public RoomRule Rule { get; }

    public Presence Presence { get; } = new();

    public RoomState State => _state;

    public int MemberCount => Volatile.Read(ref _memberCount);

    /// <summary>The newest position on this node.</summary>
    public StreamPosition Position => Log.Position;

    /// <summary>Ends when the room is closed and the backplane has let go of it; until then no other may subscribe to its name.</summary>
    internal Task Gone => _gone.Task;

    internal RoomLog Log { get; }

    internal RoomHistory History { get; }

    internal long LastAppend { get; private set; }

    private HoleFilling Filling { get; }

    /// <summary>Any thread. In the order of calls, except that offsets decide.</summary>
    internal void HandOver(StreamPosition position, Publication publication) => Enqueue(new Arrival(position, publication, null));

    internal void HandOver(Notice notice) => Enqueue(new Arrival(default, null, notice));

    /// <summary>Compares the log's position with the backplane's once the inbox is empty, and reads what is missing.</summary>
    internal void ComparePositions()
    {
        lock (_gate)
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
        RoomMembers members;
        bool open;
        lock (_gate)
        {
            if (_state == RoomState.Closed)
            {
                return false;
            }

            _memberCount++;
            _state = _state == RoomState.Lingering ? RoomState.Open : _state;
            open = !_openingAsked;
            _openingAsked = true;
            members = MembersOn(loop);
        }

        subscription.Members = members;
        members.Add(subscription);
        if (open)
        {
            _ = OpenAsync();
        }

        return true;
    }

    /// <summary>On the loop of the subscription, after it was taken from its members.</summary>
    internal void MemberLeft()
    {
        lock (_gate)
        {
            if (--_memberCount == 0 && _state == RoomState.Open)
            {
                _state = RoomState.Lingering;
                _lingeringSince = _context.Time.GetTimestamp();
            }
        }
    }

    /// <summary>Called about once a second.</summary>
    /// <returns>Whether the room is gone and to be forgotten.</returns>
    internal bool Housekeep()
    {
        Log.TrimByAge();
        History.Housekeep();
        lock (_gate)
        {
            if (_state != RoomState.Lingering || _context.Time.GetElapsedTime(_lingeringSince) < LingerTime)
            {
                return Gone.IsCompleted;
            }

            _state = RoomState.Closed;
        }

        Log.Close();
        _ = UnsubscribeAsync();
        return Gone.IsCompleted;
    }

    /// <summary>Puts it on the log and tells the loops. Inside the inbox's turn only.</summary>
    internal void Append(Publication publication, StreamPosition position)
    {
        Log.Append(publication, position);
        LastAppend = _context.Time.GetTimestamp();
        TellLoops();
    }

    /// <summary>Inside the inbox's turn only.</summary>
    internal void Append(Notice notice)
    {
        Log.Append(notice);
        TellLoops();
    }

    /// <summary>After a round of a loop: frames that every cursor has passed are let go.</summary>
    internal void ReleaseFrames()
    {
        var passed = long.MaxValue;
        foreach (var members in Volatile.Read(ref _members))
        {
            passed = members is { Count: > 0 } ? Math.Min(passed, members.Passed) : passed;
        }

        Log.ReleaseFramesBefore(Math.Min(passed, Log.Head));
    }

    private void Enqueue(Arrival arrival)
    {
        lock (_gate)
        {
            if (_state == RoomState.Closed)
            {
                return;
            }

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
        lock (_gate)
        {
            if (_inbox.TryDequeue(out arrival))
            {
                return true;
            }

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
            var position = await _context.Backplane.SubscribeAsync(Name, _context.Stopping);
            Log.Start(position);
            lock (_gate)
            {
                _state = _memberCount > 0 ? RoomState.Open : RoomState.Lingering;
                _lingeringSince = _context.Time.GetTimestamp();
                _busy = true;
            }

            TellLoops();
            await WorkOffAsync();
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _state = RoomState.Closed;
                _inbox.Clear();
            }

            if (!_context.Stopping.IsCancellationRequested)
            {
                _context.Metrics.Faults.Add(1);
                Core.Log.RoomNotOpened(_context.Logger, Name, e);
            }

            _gone.SetResult();
            TellLoops();
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
            _gone.SetResult();
        }
    }

    private void TellLoops()
    {
        // The head was written before; who becomes a member after this line reads it after joining.
        Interlocked.MemoryBarrier();
        foreach (var members in Volatile.Read(ref _members))
        {
            members?.Tell();
        }
    }

    private RoomMembers MembersOn(EventLoop loop)
    {
        if (loop.Index < _members.Length && _members[loop.Index] is { } members)
        {
            return members;
        }

        var more = new RoomMembers?[Math.Max(_members.Length, loop.Index + 1)];
        _members.CopyTo(more, 0);
        more[loop.Index] = new RoomMembers(this, loop);
        Volatile.Write(ref _members, more);
        return more[loop.Index]!;
    }
}
