namespace Broadcast.Testing;

/// <summary>What becomes of a notice on its way to one node.</summary>
public enum NoticeFault
{
    None,
    Lost,
    Repeated,
}

/// <summary>
/// What the nodes of one process share, as they would share a server: histories, and notices, which a test can lose and repeat. Any thread may
/// touch it.
/// </summary>
public sealed class SharedStore(Func<string, RoomRule> rules, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, FanOut> _rooms = new(StringComparer.Ordinal);
    private readonly LocalBackplane _histories = new(new LocalBackplaneOptions(), rules, time);

    /// <summary>Asked for each notice and each node that would hear it; gets the room.</summary>
    public Func<string, Notice, NoticeFault> OnNotice { get; set; } = (_, _) => NoticeFault.None;

    /// <summary>Told of each notice after a node has heard it; gets the room.</summary>
    public Action<string, Notice> OnHeard { get; set; } = (_, _) => { };

    internal IBackplane Histories => _histories;

    /// <summary>Makes the backplane of one more node.</summary>
    public SharedBackplane Join() => new(this);

    public ValueTask DisposeAsync() => _histories.DisposeAsync();

    internal async ValueTask<StreamPosition> SubscribeAsync(SharedBackplane node, string room, IHandOver receiver)
    {
        FanOut fanOut;
        lock (_gate)
        {
            if (!_rooms.TryGetValue(room, out fanOut!))
            {
                _rooms[room] = fanOut = new FanOut();
            }

            fanOut.Ears = [.. fanOut.Ears, (node, receiver)];
            if (fanOut.Ears.Length == 1)
            {
                // It completes at once.
                _ = _histories.SubscribeAsync(room, fanOut, CancellationToken.None).AsTask();
            }
        }

        return (await _histories.ReadAsync(room, HistoryQuery.PositionOnly, CancellationToken.None)).Top;
    }

    internal void Unsubscribe(SharedBackplane node, string? room)
    {
        lock (_gate)
        {
            foreach (var (name, fanOut) in _rooms.Where(r => room is null || r.Key == room).ToArray())
            {
                fanOut.Ears = Array.FindAll(fanOut.Ears, e => e.Node != node);
                if (fanOut.Ears.Length == 0)
                {
                    _rooms.Remove(name);
                    _ = _histories.UnsubscribeAsync(name, CancellationToken.None).AsTask();
                }
            }
        }
    }

    internal void Notify(SharedBackplane sender, string room, byte[] bytes)
    {
        FanOut? fanOut;
        lock (_gate)
        {
            fanOut = _rooms.GetValueOrDefault(room);
        }

        foreach (var (node, receiver) in fanOut?.Ears ?? [])
        {
            // Each reads it anew, as from a wire.
            Assert.True(NoticeBytes.TryRead(bytes, out var notice));
            var fault = node.Hears ? OnNotice(room, notice) : NoticeFault.Lost;
            if (fault != NoticeFault.Lost && node != sender)
            {
                node.Hear(notice);
            }

            for (var times = fault == NoticeFault.Lost ? 0 : fault == NoticeFault.Repeated ? 2 : 1; times > 0; times--)
            {
                receiver.HandOver(notice);
                OnHeard(room, notice);
            }
        }
    }

    /// <summary>The nodes that listen to one room.</summary>
    private sealed class FanOut : IHandOver
    {
        private volatile (SharedBackplane Node, IHandOver Receiver)[] _ears = [];

        public (SharedBackplane Node, IHandOver Receiver)[] Ears
        {
            get => _ears;
            set => _ears = value;
        }

        public void HandOver(StreamPosition position, Publication publication)
        {
            foreach (var (node, receiver) in _ears)
            {
                if (node.Hears)
                {
                    receiver.HandOver(position, publication);
                }
            }
        }

        /// <summary>Notices take another way: what one sets off must not happen inside a lock of the histories.</summary>
        public void HandOver(Notice notice)
        {
        }
    }
}
