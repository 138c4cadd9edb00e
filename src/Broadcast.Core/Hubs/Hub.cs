using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>A node: its rooms, connections, event loops and backplane, put together. Any thread may call it.</summary>
public sealed class Hub : IAsyncDisposable
{
    private static readonly TimeSpan HousekeepingInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Room> _rooms = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly IBackplane _backplane;
    private readonly HubOptions _options;
    private readonly Func<string, RoomRule> _rules;
    private readonly RoomContext _roomContext;
    private readonly EventLoops _loops;
    private readonly Lock _evicting = new();
    private readonly ITimer _housekeeping;
    private readonly TaskCompletionSource<DrainResult> _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connections;
    private long _compared;
    private int _disposed;
    private bool _isStopping;
    private bool _isCut;

    /// <param name="loops">What writes to its clients, and no other hub's; null for threads that share them.</param>
    internal Hub(HubOptions options, IBackplane backplane, Func<string, RoomRule> rules, TimeProvider time, ILogger<Hub> logger, EventLoops? loops = null)
        : this(options, backplane, rules, time, (ILogger)logger, loops ?? new SharedLoops(options))
    {
    }

    /// <param name="threads">False where a test calls the loops' turns itself.</param>
    internal Hub(HubOptions options, IBackplane backplane, Func<string, RoomRule> rules, TimeProvider time, ILogger logger, bool threads)
        : this(options, backplane, rules, time, logger, new SharedLoops(options, threads))
    {
    }

    internal Hub(HubOptions options, IBackplane backplane, Func<string, RoomRule> rules, TimeProvider time, ILogger logger, EventLoops loops)
    {
        (_options, _backplane, _rules, Time, Logger, _loops) = (options, backplane, rules, time, logger, loops);
        Connections = new ConnectionRegistry(this, options.Sessions);
        Idle = new IdleCheck(options.Idle, time);
        Pongs = new PongCheck(options.Connections, time);
        Budget = new MemoryBudget(options.MaxWindowBytes);
        Metrics = new Metrics(this);
        Audiences = new Audiences(Metrics, logger);
        MemberNotices = new MemberNotices(backplane, Metrics, logger, _stopping.Token);
        Views = new Views(this, options.Views, _stopping.Token);
        _roomContext = new RoomContext(backplane, Budget, time, Metrics, logger, Evict, loops, _stopping.Token)
        {
            Audiences = Audiences,
            Views = Views,
            MaxReceipts = options.Receipts.MaxPerRoom,
        };
        loops.Start(this);
        backplane.Start(CompareAllPositions);
        _compared = time.GetTimestamp();
        _housekeeping = time.CreateTimer(_ => Housekeep(), null, HousekeepingInterval, HousekeepingInterval);
    }

    /// <summary>
    /// A client was taken in. On the thread that did, before its loop knows of it; never waits, never throws. How it ended is told by its
    /// <see cref="Connection.Completion"/>.
    /// </summary>
    internal event Action<Connection>? Connected;

    internal TimeProvider Time { get; }

    internal Metrics Metrics { get; }

    /// <summary>Bytes of all rooms' windows.</summary>
    internal MemoryBudget Budget { get; }

    /// <summary>Clients that are connected, or being closed.</summary>
    public int ConnectionCount => Volatile.Read(ref _connections);

    public int RoomCount => _rooms.Count;

    /// <summary>This node's connections, and what they are found by.</summary>
    internal ConnectionRegistry Connections { get; }

    /// <summary>Whom audiences mean.</summary>
    internal Audiences Audiences { get; }

    /// <summary>What rooms show to classes of clients.</summary>
    internal Views Views { get; }

    /// <summary>Those there are now.</summary>
    internal IReadOnlyList<EventLoop> Loops => _loops.All;

    /// <summary>Whether clients are being sent away, and new ones not taken in.</summary>
    internal bool IsStopping => Volatile.Read(ref _isStopping);

    /// <summary>What became of the clients, once the node has stopped.</summary>
    internal Task<DrainResult> Drained => _drained.Task;

    internal ILogger Logger { get; }

    internal IBackplane Backplane => _backplane;

    internal MemberNotices MemberNotices { get; }

    internal IdleCheck Idle { get; }

    internal PongCheck Pongs { get; }

    /// <summary>Where code of the application runs, never on the caller's stack: the thread pool; a test does it when it likes.</summary>
    internal Action<Action> OffLoops { get; set; } = static work => ThreadPool.UnsafeQueueUserWorkItem(static w => w(), work, preferLocal: false);

    internal SessionOptions SessionOptions => _options.Sessions;

    internal ReceiptOptions ReceiptOptions => _options.Receipts;

    internal MailboxOptions MailboxOptions => _options.Mailboxes;

    /// <summary>Set by the cluster, where mailboxes are kept; else null.</summary>
    internal Mailboxes? Mailboxes { get; set; }

    /// <summary>Whether nobody has a turn any more: who comes in even now is sent away at once.</summary>
    internal bool IsCut
    {
        get => Volatile.Read(ref _isCut);
        set => Volatile.Write(ref _isCut, value);
    }

    /// <summary>Returns when the publication is ordered and stored, not when it is delivered. Calls of one caller keep their order.</summary>
    /// <param name="room">A good room name; see <see cref="RoomName"/>.</param>
    /// <param name="idempotencyKey">The same key in the same room within five minutes is stored once, and answered alike.</param>
    /// <exception cref="ArgumentException">The room's name is not good.</exception>
    internal ValueTask<PublishResult> PublishAsync(
        string room, Publication publication, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        Check(room);
        if (Refusal(room, publication) is { } refusal)
        {
            Metrics.Refused("audience");
            return ValueTask.FromResult(Counted(PublishResult.Refused(refusal)));
        }

        var publishing = _backplane.PublishAsync(room, publication, idempotencyKey, cancellation);
        return publishing.IsCompletedSuccessfully ? ValueTask.FromResult(Counted(publishing.Result)) : AwaitedAsync(publishing);

        async ValueTask<PublishResult> AwaitedAsync(ValueTask<PublishResult> task) => Counted(await task);
    }

    /// <returns>Null, or why the publication's audience cannot be served, in one sentence; nobody gets it then.</returns>
    internal string? Refusal(string room, Publication publication)
    {
        ArgumentNullException.ThrowIfNull(publication);
        return publication.Audience is not { } audience ? null
            : publication.Key is not null && RuleOf(room).FallingBehind == FallingBehind.Conflate
                ? "In a room that conflates, the newest publication of a key is the newest for everybody; one for an audience has no key."
            : Audiences.Refusal(audience);
    }

    /// <summary>Tells the members of a room something nobody published, on every node; in order after what this caller published before.</summary>
    internal ValueTask NotifyAsync(string room, Notice notice, CancellationToken cancellation = default)
    {
        Check(room);
        return _backplane.NotifyAsync(room, notice, cancellation);
    }

    /// <summary>Reads a room's history, as it was published; what somebody may be shown of it is said by <see cref="Views.ShowAsync"/>.</summary>
    /// <exception cref="BackplaneException">It cannot be read now.</exception>
    public ValueTask<HistoryPage> ReadAsync(string room, HistoryQuery query, CancellationToken cancellation = default)
    {
        Check(room);
        return _backplane.ReadAsync(room, query, cancellation);
    }

    /// <summary>
    /// A position of the room as it is now. Whoever is told that it is connected, and joins after this position, misses nothing that is
    /// published from then on; joining first is not possible before there is somebody to send to.
    /// </summary>
    /// <exception cref="BackplaneException">It cannot be read now.</exception>
    public async ValueTask<StreamPosition> PositionAsync(string room, CancellationToken cancellation = default) =>
        FindRoom(room) is { State: RoomState.Open, Position: var here }
            ? here
            : (await ReadAsync(room, HistoryQuery.PositionOnly, cancellation)).Top;

    /// <returns>The room as this node has it, or null if nobody here is in it.</returns>
    internal Room? FindRoom(string room) => _rooms.GetValueOrDefault(room);

    internal RoomRule RuleOf(string room) => _rules(room);

    /// <summary>Keeps a place for a client. Each place is given back, or used by <see cref="Connect"/>, whose connection gives it back.</summary>
    /// <returns>False if the node stops, or has <see cref="HubOptions.MaxConnections"/> already.</returns>
    internal bool TryReserve()
    {
        // The drain waits until no place is taken; whoever it refuses must not be seen to take one, not even for a moment.
        if (!IsStopping)
        {
            if (Interlocked.Increment(ref _connections) <= _options.MaxConnections && !IsStopping)
            {
                return true;
            }

            GiveBack();
        }

        Metrics.Refused(IsStopping ? "stopping" : "connections");
        return false;
    }

    /// <summary>Gives back a place that was reserved.</summary>
    internal void GiveBack() => Interlocked.Decrement(ref _connections);

    /// <summary>Takes a client in, into a place that was reserved. Not on an event loop: predicates of the application are asked.</summary>
    /// <param name="user">Who it proved to be, as far as that is known; see <see cref="Connection.Prove"/>.</param>
    /// <param name="proof">What it proved, made when somebody asks for it.</param>
    internal Connection Connect(ITransport transport, Dialect dialect, string? user = null, Lazy<ClaimsPrincipal>? proof = null)
    {
        var id = NewId();
        var session = Connections.SessionOf(user, proof);
        var loop = _loops.LoopFor(id);
        var connection = new Connection(id, session, transport, dialect, loop, _options.Connections);
        Connections.Add(connection);
        Connected?.Invoke(connection);
        Views.Started();
        loop.Post(new LoopAction(() => loop.Add(connection)));
        return connection;
    }

    /// <summary>Finds a client of this node and does something with it on its loop, which it must not hold up.</summary>
    /// <returns>False if there is no such client here.</returns>
    internal async Task<bool> WithConnectionAsync(string id, Action<Connection> action)
    {
        if (Connections.Find(id) is not { } connection)
        {
            return false;
        }

        var found = false;
        await connection.Loop.PostAsync(() =>
        {
            if (connection.Slot >= 0)
            {
                found = true;
                action(connection);
            }
        });
        return found;
    }

    /// <summary>
    /// Takes in no more clients, and moves those it has to other nodes; each is told to go in its turn, and has some time to take that. The node
    /// goes on otherwise. Asked again, it waits for the first time to end.
    /// </summary>
    /// <param name="cut">The deadline has come, whatever the options say.</param>
    internal async Task<DrainResult> StopAsync(DrainOptions options, CancellationToken cut = default)
    {
        if (!Interlocked.Exchange(ref _isStopping, true))
        {
            var result = await new Drain(this, options, cut).RunAsync();
            if (result.IsDone)
            {
                Log.DrainDone(Logger, result.Took.TotalSeconds, result.Moved, result.Reset);
            }
            else
            {
                Log.DrainCut(Logger, result.Cut, result.Took.TotalSeconds, result.Moved, result.Reset);
            }

            _drained.TrySetResult(result);
        }

        return await Drained;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        Volatile.Write(ref _isStopping, true);
        IsCut = true;
        await _stopping.CancelAsync();
        await _housekeeping.DisposeAsync();
        await _loops.StopAsync();
        await _backplane.DisposeAsync();
        Metrics.Dispose();
        _stopping.Dispose();
        _drained.TrySetCanceled();
    }

    internal long Ticks(TimeSpan time) => Time.TicksOf(time);

    /// <summary>On the connection's loop.</summary>
    internal Subscription Join(Connection connection, string name, WireFormat format, JoinAt at)
    {
        Check(name);
        while (true)
        {
            var room = _rooms.GetOrAdd(name, static (n, hub) => new Room(n, hub._rules(n), hub._roomContext, Task.CompletedTask), this);
            var subscription = new Subscription(connection, room, format, at);
            if (room.TryAdd(subscription, connection.Loop))
            {
                return subscription;
            }

            _rooms.TryUpdate(name, new Room(name, _rules(name), _roomContext, room.Gone), room);
        }
    }

    /// <summary>On the connection's loop: a subscription is in its room.</summary>
    internal static void Joined(Subscription subscription)
    {
        var (room, connection) = (subscription.Room, subscription.Connection);
        var count = room.Presence.Add(connection.Info);
        if (room.Rule.JoinLeave && count <= room.Rule.MaxPresence)
        {
            connection.Loop.Hub.MemberNotices.Tell(room, new Joined(connection.Id, connection.User, connection.Info.ConnInfo));
        }
    }

    /// <summary>On the connection's loop: exactly once for each subscription.</summary>
    internal static void Leave(Subscription subscription)
    {
        var (room, connection) = (subscription.Room, subscription.Connection);
        var joined = subscription.State != SubscriptionState.Joining;
        subscription.Leave();
        subscription.Members!.Remove(subscription);
        if (joined)
        {
            var count = room.Presence.Remove(connection.Id);
            if (room.Rule.JoinLeave && count < room.Rule.MaxPresence)
            {
                connection.Loop.Hub.MemberNotices.Tell(room, new Left(connection.Id, connection.User, connection.Info.ConnInfo));
            }
        }

        room.MemberLeft(subscription, joined);
    }

    /// <summary>Called about once a second.</summary>
    internal void Housekeep()
    {
        Idle.Look();
        Pongs.Look();
        foreach (var loop in _loops.All)
        {
            loop.PostTick();
        }

        foreach (var (name, room) in _rooms)
        {
            if (room.Housekeep())
            {
                _rooms.TryRemove(KeyValuePair.Create(name, room));
            }
        }

        if (_backplane.CanLoseHandOvers && Time.GetElapsedTime(_compared) >= _options.ComparePositions)
        {
            CompareAllPositions();
        }
    }

    private static void Check(string room)
    {
        if (RoomName.Refusal(room) is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(room));
        }
    }

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private PublishResult Counted(PublishResult result)
    {
        Metrics.Publications.Add(1, new KeyValuePair<string, object?>("outcome", OutcomeName(result.Outcome)));
        return result;
    }

    private static string OutcomeName(PublishOutcome outcome) => outcome switch
    {
        PublishOutcome.Accepted => "accepted",
        PublishOutcome.Refused => "refused",
        _ => "unknown",
    };

    private void CompareAllPositions()
    {
        _compared = Time.GetTimestamp();
        foreach (var (_, room) in _rooms)
        {
            room.ComparePositions();
        }
    }

    private void Evict()
    {
        if (!_evicting.TryEnter())
        {
            return;
        }

        try
        {
            Budget.Evict(_rooms.Select(r => r.Value.Log).Where(l => l.Bytes > 0).OrderBy(l => l.LastAppend), log => log.Clear());
            Log.Evicted(Logger, Budget.Limit, Budget.Evictions);
        }
        finally
        {
            _evicting.Exit();
        }
    }
}
