using System.Security.Claims;

namespace Broadcast.Core;

/// <summary>
/// A client of this node. Touched by its event loop only; everyone else posts to that loop, by the methods whose names begin with Post.
/// </summary>
public sealed class Connection : IRestSent
{
    /// <summary>Sends for one client before others get their turn.</summary>
    private const int MaxPasses = 8;

    private readonly TaskCompletionSource<Disconnect> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITransport _transport;
    private readonly ConnectionOptions _options;
    private readonly RestSentItem _restSent;
    private readonly long _since;
    private ClientInfo _info;
    private Session _session;
    private Subscription[] _subscriptions = [];
    private Queue<ReadOnlyMemory<byte>>? _replies;
    private int _replyBytes;
    private TaskCompletionSource? _repliesSent;
    private MailGate? _mail;
    private Disconnect? _reason;
    private long _lastReceived;
    private long _nextHeartbeat;
    private long _parkedAt;
    private int _heartbeatCount;

    /// <param name="session">As <see cref="ConnectionRegistry.Completed"/> gives it.</param>
    internal Connection(string id, Session session, ITransport transport, Dialect dialect, EventLoop loop, ConnectionOptions options)
    {
        (_transport, Dialect, Loop, _options) = (transport, dialect, loop, options);
        _info = new ClientInfo(id, session.User ?? "");
        _session = session;
        (_since, _lastReceived) = (loop.Hub.Time.GetUtcNow().UtcTicks, loop.Hub.Time.GetTimestamp());
        _restSent = new RestSentItem(this);
    }

    /// <summary>Unique in the cluster, not guessable.</summary>
    public string Id => _info.Client;

    /// <summary>Who it is, as others see it. Any thread may read it.</summary>
    public ClientInfo Info => Volatile.Read(ref _info);

    public string? User => Info is { User.Length: > 0 } info ? info.User : null;

    /// <summary>What is known of it beyond that, at this moment. Any thread may read it.</summary>
    public Session Session => Volatile.Read(ref _session);

    /// <summary>When something last came from the client; as long as nothing has, when it connected. Any thread may read it.</summary>
    public DateTimeOffset LastActivity => Loop.Hub.Time.UtcOf(Volatile.Read(ref _lastReceived));

    internal Dialect Dialect { get; }

    internal ConnectionState State { get; private set; }

    /// <summary>Its transport took only a part; it waits until that is through.</summary>
    internal bool IsParked { get; private set; }

    /// <summary>On the loop. When what the client proved who it is by is no longer good; within a second after, it ends with 3005. Null: never.</summary>
    internal DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>On the loop: it has said who it is, or that it is nobody in particular.</summary>
    internal bool IsIdentified { get; private set; }

    /// <summary>On the loop: it has been told that it is connected, and may be told other things.</summary>
    internal bool IsGreeted { get; private set; }

    /// <summary>How often the client was asked for a sign of life. Any thread may read it.</summary>
    internal int HeartbeatCount => Volatile.Read(ref _heartbeatCount);

    /// <summary>When it was taken in.</summary>
    public DateTimeOffset Since => new(_since, TimeSpan.Zero);

    internal IReadOnlyList<Subscription> Subscriptions => _subscriptions;

    /// <summary>Ends with the reason when the loop promises not to touch the transport again. Any thread may wait for it.</summary>
    public Task<Disconnect> Completion => _completion.Task;

    internal EventLoop Loop { get; }

    /// <summary>Where it stands among its loop's connections; −1 if it is not there.</summary>
    internal int Slot { get; set; } = -1;

    /// <summary>Bytes of replies that may wait for it at the same time.</summary>
    internal int MaxReplyBytes => _options.MaxReplyBytes;

    /// <summary>On the loop: bytes of replies for which there is room now.</summary>
    internal int ReplyRoom => _options.MaxReplyBytes - _replyBytes;

    /// <summary>On the loop: for so long its transport has taken nothing of what waits.</summary>
    internal bool StandsStill(TimeSpan since) => IsParked && Loop.Hub.Time.GetElapsedTime(_parkedAt) >= since;

    /// <summary>Whether letters may wait for it.</summary>
    internal bool HasMailbox => Loop.Hub.Mailboxes is not null && User is not null;

    /// <summary>On the loop: what it is sent outside of rooms, and is no answer, goes through this.</summary>
    internal MailGate Mail => _mail ??= new MailGate(this);

    /// <summary>Whether it waits in the loop's line of those with more to send.</summary>
    internal bool IsQueued { get; set; }

    /// <summary>Any thread: something came from the client.</summary>
    internal void SignOfLife() => Volatile.Write(ref _lastReceived, Loop.Hub.Time.GetTimestamp());

    /// <summary>
    /// Any thread but a loop's. Replaces the session as a whole; what is published from then on is decided by the new one. Who changes it at the same moment is not
    /// lost: then <paramref name="update"/> is asked again, with what the other made of it.
    /// </summary>
    /// <param name="update">Makes the new one of the old one, and nothing else. User and proof stay what they are.</param>
    /// <returns>Null, or why nothing was changed, in one sentence.</returns>
    public string? UpdateSession(Func<Session, Session> update)
    {
        ArgumentNullException.ThrowIfNull(update);
        while (true)
        {
            var was = Session;
            var now = update(was) with { User = was.User, Proof = was.Proof };
            if (Loop.Hub.Connections.Refusal(now) is { } refusal)
            {
                return refusal;
            }

            if (Loop.Hub.Connections.TryReplace(this, was, Loop.Hub.Connections.Completed(now, was)))
            {
                return null;
            }
        }
    }

    /// <summary>Any thread but a loop's: the client proved who it is. Before <see cref="Identify"/>, which tells others.</summary>
    /// <param name="user">Null for nobody in particular.</param>
    /// <param name="principal">What it proved, as ASP.NET authorisation knows it; made when somebody asks for it.</param>
    internal void Prove(string? user, Lazy<ClaimsPrincipal>? principal)
    {
        Session was, now;
        do
        {
            was = Session;
            now = Loop.Hub.Connections.Completed(was with { User = string.IsNullOrEmpty(user) ? null : user, Proof = principal }, was);
        }
        while (!Loop.Hub.Connections.TryReplace(this, was, now));
    }

    /// <summary>Any thread. Returns when the loop has taken it over; whoever reads from the client waits for that before reading on.</summary>
    internal Task PostSubscribe(string room, JoinAt at) => Loop.PostAsync(() => Subscribe(room, at));

    /// <summary>Any thread. As <see cref="PostSubscribe"/>.</summary>
    internal Task PostUnsubscribe(string room) => Loop.PostAsync(() => Unsubscribe(room));

    /// <summary>Any thread. As <see cref="PostSubscribe"/>.</summary>
    internal Task PostReply(ReadOnlyMemory<byte> bytes) => Loop.PostAsync(() => Reply(bytes));

    /// <summary>Any thread. Does something on the loop, which it must not hold up.</summary>
    internal Task PostAction(Action<Connection> action) => Loop.PostAsync(() => action(this));

    /// <summary>Any thread. Ends the connection in an orderly way if the client still reads, else by a reset.</summary>
    public Task PostClose(Disconnect disconnect) => Loop.PostAsync(() => Close(disconnect));

    /// <summary>Any thread: the client has gone, or its transport ends for another reason.</summary>
    internal void PostTransportEnded(Disconnect reason) => Loop.Post(new LoopAction(() => TransportEnded(reason)));

    /// <summary>Any thread; called by the transport.</summary>
    void IRestSent.RestSent(bool succeeded)
    {
        _restSent.Succeeded = succeeded;
        Loop.Post(_restSent);
    }

    /// <summary>On the loop.</summary>
    internal void Reply(ReadOnlyMemory<byte> bytes)
    {
        if (State != ConnectionState.Open || bytes.IsEmpty)
        {
            return;
        }

        if (bytes.Length > ReplyRoom)
        {
            Overflow();
            return;
        }

        Enqueue(bytes);
        Loop.Again(this);
    }

    /// <summary>On the loop: what says that the client is connected has been replied. Only the first call counts.</summary>
    internal void Greeted()
    {
        if (!IsGreeted)
        {
            IsGreeted = true;
            if (HasMailbox)
            {
                Loop.Hub.Mailboxes!.Came(User!);
            }
            else
            {
                _mail?.Open();
            }
        }
    }

    /// <summary>On the loop.</summary>
    internal void Close(Disconnect disconnect)
    {
        if (State != ConnectionState.Open)
        {
            return;
        }

        if (IsParked)
        {
            // In the middle of a frame, for a client that does not read: no close frame can follow.
            Abort(disconnect);
            return;
        }

        End(disconnect);
        State = ConnectionState.Closing;
        Enqueue(Dialect.Close(disconnect));
        Loop.Again(this);
    }

    /// <summary>
    /// On the loop, before it is in any room: the client has said who it is. What the application says of that was computed by <see cref="Prove"/>; of who is
    /// somebody else than was proved no predicate holds, and views show it nothing.
    /// </summary>
    internal void Identify(string? user, ReadOnlyMemory<byte>? connInfo, DateTimeOffset? expiresAt)
    {
        IsIdentified = true;
        var registry = Loop.Hub.Connections;
        registry.Users.Remove(this);
        Volatile.Write(ref _info, new ClientInfo(Id, user ?? "", connInfo));
        ExpiresAt = expiresAt;
        if (Session.User != User)
        {
            Session was;
            do
            {
                was = Session;
            }
            while (!registry.TryReplace(this, was, was with { User = User, Tags = 0, ViewKeys = [] }));
        }

        if (Slot >= 0)
        {
            registry.Users.Add(this);
        }
    }

    /// <summary>On the loop.</summary>
    internal Subscription? Find(string room) => Array.Find(Volatile.Read(ref _subscriptions), s => s.Room.Name == room);

    /// <summary>On the loop. Changes nothing for a client that is in that room.</summary>
    /// <param name="format">Null for the dialect's own.</param>
    /// <param name="context">The dialect's, kept with the subscription.</param>
    internal void Subscribe(string room, JoinAt at, WireFormat? format = null, object? context = null)
    {
        if (State != ConnectionState.Open || Find(room) is not null)
        {
            return;
        }

        var subscription = Loop.Hub.Join(this, room, format ?? Dialect.Format, at);
        subscription.Context = context;
        _subscriptions = [.. _subscriptions, subscription];
        Loop.Again(this);
    }

    /// <summary>On the loop, of a connection that is open: the node puts the client into a room that the client did not ask for.</summary>
    /// <param name="room">A good room name.</param>
    /// <param name="at">Where the room stood before anybody could be told that the client is in it.</param>
    /// <returns>Null if the client is in the room, or will be in a moment; else why not, in one sentence.</returns>
    internal string? Take(string room, JoinAt at)
    {
        if (Find(room) is not null)
        {
            return null;
        }

        if (_subscriptions.Length >= _options.MaxRooms)
        {
            return $"The client is in {_options.MaxRooms} rooms, and may be in no more (Broadcast:Hub:Connections:MaxRooms).";
        }

        if (_subscriptions.Length >= Dialect.OwnRooms)
        {
            return Dialect.Take(this, room, at);
        }

        // It has just come, and what it asked for is on its way to this loop.
        _ = PostAction(c =>
        {
            if (c.State == ConnectionState.Open)
            {
                c.Take(room, at);
            }
        });
        return null;
    }

    /// <summary>On the loop.</summary>
    internal void Unsubscribe(string room)
    {
        if (Find(room) is { } subscription)
        {
            _subscriptions = Array.FindAll(_subscriptions, s => s != subscription);
            Hub.Leave(subscription);
        }
    }

    /// <summary>On the loop. Ends when the transport has taken all replies that wait; never if the client goes before.</summary>
    internal Task RepliesSentAsync() => _replies is null
        ? Task.CompletedTask
        : (_repliesSent ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>On the loop: more waits for the client than may.</summary>
    internal void Overflow()
    {
        Loop.Hub.Metrics.ReplyOverflows.Add(1);
        Abort(Disconnect.SlowConsumer);
    }

    /// <summary>For <see cref="ConnectionRegistry"/> alone.</summary>
    internal bool TrySwapSession(Session was, Session now) => ReferenceEquals(Interlocked.CompareExchange(ref _session, now, was), was);

    internal void Start()
    {
        var now = Loop.Hub.Time.GetTimestamp();

        // Spread, so that those who connected together are not all pinged at once.
        var first = _options.Heartbeat * (0.5 + (Random.Shared.NextDouble() / 2));
        _nextHeartbeat = now + Loop.Hub.Ticks(first);
    }

    /// <summary>Whether an audience means it, as its session is now.</summary>
    internal bool IsIn(Audience audience) => Loop.Hub.Audiences.Includes(audience, this);

    /// <summary>As <see cref="ITransport.Glance"/>.</summary>
    internal int Glance() => (IsParked ? 1 : 0) + (int)_lastReceived + _subscriptions.Length + _transport.Glance();

    /// <summary>A round comes by: the member's room has news, or has opened.</summary>
    internal void Visit(Subscription member)
    {
        if (!IsParked)
        {
            Drain();
        }
        else if (member is { State: SubscriptionState.Live, IsPaused: false, Room.Rule.FallingBehind: FallingBehind.Disconnect }
            && member.IsTooFarBehind(member.Members!.Limit))
        {
            Abort(Disconnect.SlowConsumer);
        }
    }

    /// <summary>Replies first, then from each cursor to its head; until all is sent, or the client blocks.</summary>
    internal void Drain()
    {
        try
        {
            for (var pass = 0; pass < MaxPasses; pass++)
            {
                if (IsParked || State >= ConnectionState.Aborting || !SendOnce())
                {
                    return;
                }
            }

            Loop.Again(this);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    internal void EndWithFrame(Disconnect then)
    {
        if (State == ConnectionState.Open)
        {
            End(then);
            _replies = null;
            State = ConnectionState.Closing;
        }
    }

    internal void Tick(long now)
    {
        try
        {
            LookAfter(now);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Resets the client at once.</summary>
    internal void Abort(Disconnect reason)
    {
        if (State >= ConnectionState.Aborting)
        {
            return;
        }

        End(reason);
        _replies = null;
        Loop.Hub.Metrics.Resets.Add(1);
        _transport.Abort();
        State = ConnectionState.Aborting;
        if (!IsParked)
        {
            Closed();
        }
    }

    /// <summary>One client's fault must not reach its neighbours.</summary>
    private void Fail(Exception fault)
    {
        Loop.Hub.Metrics.Faults.Add(1);
        Log.ConnectionFault(Loop.Hub.Logger, Id, fault);
        Abort(Disconnect.ServerError);
    }

    private void LookAfter(long now)
    {
        if (IsParked && now - _parkedAt > Loop.Hub.Ticks(_options.StallTimeout))
        {
            Loop.Hub.Metrics.Stalled.Add(1);
            Abort(Disconnect.SlowConsumer);
            return;
        }

        foreach (var subscription in _subscriptions)
        {
            subscription.Tick();
        }

        if (ExpiresAt is { } end && State == ConnectionState.Open && Loop.Hub.Time.GetUtcNow() >= end)
        {
            Loop.Hub.Metrics.Expired.Add(1);
            Close(Disconnect.ConnectionExpired);
            return;
        }

        if (Loop.Hub.Idle.IsIdle(this, Volatile.Read(ref _lastReceived)) && State == ConnectionState.Open)
        {
            Loop.Hub.Metrics.Idle.Add(1);
            Log.ClientIdle(Loop.Hub.Logger, Id, LastActivity);
            Close(Disconnect.Idle);
            return;
        }

        if (Dialect.ExpectsSignsOfLife && Loop.Hub.Pongs.IsMissing(Volatile.Read(ref _lastReceived), now))
        {
            Loop.Hub.Metrics.NoPongs.Add(1);
            Close(Disconnect.NoPong);
        }

        if (State != ConnectionState.Open || now < _nextHeartbeat)
        {
            return;
        }

        _nextHeartbeat = now + Loop.Hub.Ticks(_options.Heartbeat);
        if (!IsParked)
        {
            Volatile.Write(ref _heartbeatCount, _heartbeatCount + 1);
            Reply(Dialect.Heartbeat);
        }
    }

    /// <returns>Whether there may be more to send at once.</returns>
    private bool SendOnce()
    {
        // What this makes them say, an opening reply or a close frame, goes out before anything of their rooms.
        foreach (var subscription in _subscriptions)
        {
            subscription.Advance();
        }

        var outgoing = Loop.Outgoing;
        outgoing.Begin(this);
        if (_replies is { } replies)
        {
            foreach (var reply in replies)
            {
                if (!outgoing.IsFull)
                {
                    outgoing.Add(reply);
                }
            }
        }

        foreach (var subscription in _subscriptions)
        {
            if (!outgoing.IsFull)
            {
                subscription.Collect(outgoing);
            }
        }

        if (State >= ConnectionState.Aborting)
        {
            return false;
        }

        if (outgoing.IsEmpty)
        {
            if (State == ConnectionState.Closing && _replies is not { Count: > 0 })
            {
                _transport.Complete();
                Closed();
                return false;
            }

            // A close frame was queued while collecting.
            return _replies is { Count: > 0 };
        }

        var sent = outgoing.Length == 0 ? 0 : _transport.TrySend(outgoing.Bytes.Span);
        if (sent < 0)
        {
            TransportEnded(Disconnect.WriteError);
            return false;
        }

        Loop.Sent(sent);
        var rest = outgoing.Commit(sent);
        if (!rest.IsEmpty)
        {
            Park(rest);
        }

        // What a live cursor had before it went out whole; anything else is looked at once more.
        return outgoing.LeavesMore || State != ConnectionState.Open;
    }

    internal void ReplySent()
    {
        _replyBytes -= _replies!.Dequeue().Length;
        if (_replies.Count == 0)
        {
            _replies = null;
            _repliesSent?.SetResult();
            _repliesSent = null;
        }
    }

    private void Park(ReadOnlyMemory<byte> rest)
    {
        IsParked = true;
        _parkedAt = Loop.Hub.Time.GetTimestamp();
        Loop.Hub.Metrics.Parked.Add(1);
        Loop.Sent(rest.Length);
        _transport.SendRest(rest, this);
    }

    private void Unparked(bool succeeded)
    {
        IsParked = false;
        if (State == ConnectionState.Aborting)
        {
            Closed();
        }
        else if (succeeded)
        {
            Drain();
        }
        else
        {
            TransportEnded(Disconnect.WriteError);
        }
    }

    private void TransportEnded(Disconnect reason)
    {
        if (State >= ConnectionState.Aborting)
        {
            return;
        }

        End(reason);
        _replies = null;
        if (IsParked)
        {
            State = ConnectionState.Aborting;
            _transport.Abort();
        }
        else
        {
            Closed();
        }
    }

    /// <summary>Whatever comes after, the client is in no room any more.</summary>
    private void End(Disconnect reason)
    {
        _reason ??= reason;
        var subscriptions = _subscriptions;
        _subscriptions = [];
        foreach (var subscription in subscriptions)
        {
            Hub.Leave(subscription);
        }
    }

    private void Closed()
    {
        State = ConnectionState.Closed;
        Loop.Remove(this);
        var reason = _reason ?? Disconnect.Normal;
        Log.ClientWent(Loop.Hub.Logger, Id, reason.Code, reason.Reason, Loop.Hub.ConnectionCount);
        _completion.TrySetResult(reason);
    }

    private void Enqueue(ReadOnlyMemory<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            (_replies ??= new()).Enqueue(bytes);
            _replyBytes += bytes.Length;
        }
    }

    private sealed class RestSentItem(Connection connection) : LoopItem
    {
        public bool Succeeded { get; set; }

        internal override void Run(EventLoop on) => connection.Unparked(Succeeded);
    }
}
