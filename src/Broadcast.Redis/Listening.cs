using StackExchange.Redis;

namespace Broadcast.Redis;

/// <summary>A room this node listens to. Any thread may touch it.</summary>
internal sealed class Listening
{
    private readonly Lock _gate = new();
    private StreamPosition _seen;

    public Listening(string room, IHandOver receiver, Inbound inbound)
    {
        (Room, Receiver) = (room, receiver);
        Handler = (_, message) => inbound.Add(this, (byte[]?)message ?? []);
    }

    public string Room { get; }

    /// <summary>Where it goes.</summary>
    public IHandOver Receiver { get; set; }

    /// <summary>Called by the client library, one message after the other.</summary>
    public Action<RedisChannel, RedisValue> Handler { get; }

    /// <summary>The newest position that members here may have seen.</summary>
    public StreamPosition Seen
    {
        get
        {
            lock (_gate)
            {
                return _seen;
            }
        }
    }

    /// <summary>Redis said that this is the room's newest position.</summary>
    public void Saw(StreamPosition top)
    {
        lock (_gate)
        {
            _seen = top.Epoch == _seen.Epoch && top.Offset < _seen.Offset ? _seen : top;
        }
    }

    /// <summary>This was handed over. Of another epoch it may be a straggler of one that is gone; the room asks Redis then.</summary>
    public void Heard(StreamPosition position)
    {
        lock (_gate)
        {
            _seen = position.Epoch == _seen.Epoch && position.Offset > _seen.Offset ? position : _seen;
        }
    }
}
