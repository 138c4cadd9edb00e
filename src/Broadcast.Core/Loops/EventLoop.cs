using System.Collections.Concurrent;

namespace Broadcast.Core;

/// <summary>
/// What alone touches the outgoing side of its connections, one thing at a time. Any thread may post to it; everything else is the loop's own.
/// <see cref="Turn"/> does what is due and never waits; a shell calls it, one turn after the other: <see cref="LoopThread"/>, or a client's actor.
/// </summary>
internal sealed class EventLoop
{
    /// <summary>Connections looked after by the clock in one turn.</summary>
    private const int TickSlice = 1_000;

    /// <summary>Rounds glanced at together.</summary>
    private const int Together = 8;

    private readonly ConcurrentQueue<LoopItem> _inbox = new();
    private readonly RoomMembers[] _visited = new RoomMembers[Together];
    private readonly Queue<RoomMembers> _rounds = new();
    private readonly Queue<Connection> _again = new();
    private readonly List<Connection> _connections = [];
    private readonly LoopItem _tick;
    private readonly Action _wake;
    private int _tickAt = int.MaxValue;
    private int _tickPending;
    private int _connectionCount;
    private long _delivered;
    private long _bytes;

    /// <param name="hasOutgoing">False if its shell lends it one for each turn.</param>
    internal EventLoop(int index, Hub hub, Action? wake = null, bool hasOutgoing = true)
    {
        (Index, Hub, _wake) = (index, hub, wake ?? (() => { }));
        Outgoing = hasOutgoing ? new Outgoing(new Runs()) : null!;
        _tick = new TickItem();
    }

    public int Index { get; }

    /// <summary>Any thread.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>Any thread: whether a turn would find something to do.</summary>
    public bool HasWork => !_inbox.IsEmpty;

    /// <summary>Members of a room visited before other rooms get their turn: about a millisecond of sending.</summary>
    internal int Slice { get; set; } = 128;

    /// <summary>What the last glance ahead read; kept so that it is not left out.</summary>
    internal int Glanced { get; set; }

    internal Hub Hub { get; }

    internal Outgoing Outgoing { get; set; }

    /// <summary>Does what is due, each thing a bounded piece of it. Never waits.</summary>
    /// <returns>Whether there is more to do at once.</returns>
    public bool Turn()
    {
        for (var items = _inbox.Count; items > 0 && _inbox.TryDequeue(out var item); items--)
        {
            Guarded(item);
        }

        for (var connections = _again.Count; connections > 0; connections--)
        {
            var connection = _again.Dequeue();
            connection.IsQueued = false;
            connection.Drain();
        }

        for (var rounds = _rounds.Count; rounds > 0; rounds -= Together)
        {
            VisitSome(_visited.AsSpan(0, Math.Min(rounds, Together)));
        }

        TickSome();
        Report();
        return _rounds.Count > 0 || _again.Count > 0 || !_inbox.IsEmpty || _tickAt < _connections.Count;
    }

    /// <summary>Any thread.</summary>
    internal void Post(LoopItem item)
    {
        _inbox.Enqueue(item);
        _wake();
    }

    /// <summary>Any thread.</summary>
    /// <returns>Ends when the loop has done it. Nobody's fault travels back: it is logged, and counted.</returns>
    internal Task PostAsync(Action action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new LoopAction(() =>
        {
            try
            {
                action();
            }
            finally
            {
                done.SetResult();
            }
        }));
        return done.Task;
    }

    /// <summary>Any thread: time has passed.</summary>
    internal void PostTick()
    {
        if (Interlocked.Exchange(ref _tickPending, 1) == 0)
        {
            Post(_tick);
        }
    }

    internal void Add(Connection connection)
    {
        connection.Slot = _connections.Count;
        _connections.Add(connection);
        Volatile.Write(ref _connectionCount, _connections.Count);
        connection.Start();
        Hub.Connections.Users.Add(connection);
        Log.ClientCame(Hub.Logger, connection.Id, Hub.ConnectionCount);
        if (Hub.IsCut)
        {
            // Nobody waits for it any more.
            connection.Close(Disconnect.Shutdown);
        }
    }

    internal void Remove(Connection connection)
    {
        if (connection.Slot < 0)
        {
            return;
        }

        var last = _connections[^1];
        _connections[connection.Slot] = last;
        last.Slot = connection.Slot;
        connection.Slot = -1;
        Hub.Connections.Remove(connection);
        _connections.RemoveAt(_connections.Count - 1);
        Volatile.Write(ref _connectionCount, _connections.Count);
        Hub.GiveBack();
    }

    /// <returns>Those who have not been told to go.</returns>
    internal IEnumerable<Connection> FindOpen() => _connections.Where(c => c.State == ConnectionState.Open);

    internal void CloseAll(Disconnect reason)
    {
        foreach (var connection in _connections.ToArray())
        {
            connection.Close(reason);
        }
    }

    internal void AbortAll(Disconnect reason)
    {
        foreach (var connection in _connections.ToArray())
        {
            connection.Abort(reason);
        }
    }

    /// <summary>The connection has more to send, and gets its turn after the others.</summary>
    internal void Again(Connection connection)
    {
        if (!connection.IsQueued)
        {
            connection.IsQueued = true;
            _again.Enqueue(connection);
        }
    }

    internal void StartRound(RoomMembers members)
    {
        members.BeginRound();
        _rounds.Enqueue(members);
    }

    /// <summary>Asks for what follows a subscription's position; the answer comes back as a post, and to who asked.</summary>
    internal void ReadHistory(CatchingUp asked) =>
        asked.Subscription.Room.History.ReadAfter(asked.Subscription.Reached).ContinueWith(
            read => HistoryRead(asked, read),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);

    internal void Delivered(int frames) => _delivered += frames;

    internal void Sent(int bytes) => _bytes += bytes;

    /// <summary>Any thread; it only posts, and so takes no thread of its own for each who waits.</summary>
    private void HistoryRead(CatchingUp asked, Task<HistoryRange> read)
    {
        var subscription = asked.Subscription;
        HistoryRange? range = null;
        if (read.IsCompletedSuccessfully)
        {
            range = read.Result;
        }
        else if (read.Exception?.InnerException is null or BackplaneException or OperationCanceledException)
        {
            Log.HistoryNotRead(Hub.Logger, subscription.Room.Name, read.Exception?.InnerException?.Message ?? "cancelled");
        }
        else
        {
            Hub.Metrics.Faults.Add(1);
            Log.RoomFault(Hub.Logger, subscription.Room.Name, read.Exception!.InnerException!);
        }

        Post(new LoopAction(() =>
        {
            subscription.RangeRead(range, asked);
            subscription.Connection.Drain();
        }));
    }

    /// <summary>Each of these rounds gets a slice. They are glanced at first, for the reason that members of a room are.</summary>
    private void VisitSome(Span<RoomMembers> rounds)
    {
        foreach (ref var round in rounds)
        {
            round = _rounds.Dequeue();
            round.GlanceAhead();
        }

        foreach (var round in rounds)
        {
            if (!round.VisitSlice())
            {
                _rounds.Enqueue(round);
            }
        }
    }

    private void Guarded(LoopItem item)
    {
        try
        {
            item.Run(this);
        }
        catch (Exception e)
        {
            Hub.Metrics.Faults.Add(1);
            Log.LoopFault(Hub.Logger, Index, e);
        }
    }

    private void TickSome()
    {
        if (_tickAt >= _connections.Count)
        {
            return;
        }

        var now = Hub.Time.GetTimestamp();
        for (var left = TickSlice; left > 0 && _tickAt < _connections.Count; left--)
        {
            // If it ends, the last takes its place.
            var connection = _connections[_tickAt];
            connection.Tick(now);
            _tickAt += connection.Slot == _tickAt ? 1 : 0;
        }
    }

    /// <summary>Counted once a turn, not once a delivery.</summary>
    private void Report()
    {
        if (_bytes > 0 || _delivered > 0)
        {
            Hub.Metrics.Deliveries.Add(_delivered);
            Hub.Metrics.SentBytes.Add(_bytes);
            (_delivered, _bytes) = (0, 0);
        }
    }

    private sealed class TickItem : LoopItem
    {
        internal override void Run(EventLoop on)
        {
            Interlocked.Exchange(ref on._tickPending, 0);
            on._tickAt = 0;
        }
    }
}
