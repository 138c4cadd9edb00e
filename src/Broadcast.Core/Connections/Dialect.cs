using System.Buffers;

namespace Broadcast.Core;

/// <summary>
/// What one path says to its clients besides publications. Called on event loops, so it never waits and never calls user code. Most are
/// shared by all connections of a path.
/// </summary>
internal abstract class Dialect
{
    /// <summary>What operators see a client of this path called.</summary>
    public abstract string Name { get; }

    /// <summary>How publications and notices look on this path.</summary>
    public abstract WireFormat Format { get; }

    /// <summary>What is sent when nothing else has been for a heartbeat's time; empty for nothing.</summary>
    public abstract ReadOnlyMemory<byte> Heartbeat { get; }

    /// <summary>Whether a client that shows no sign of life must be taken for gone. Where clients never send, it cannot be known.</summary>
    public abstract bool ExpectsSignsOfLife { get; }

    /// <summary>Whether holes that a room's rule makes by design (latest, conflate) are told.</summary>
    public abstract bool TellsGapsOfRule { get; }

    /// <summary>Whether the node may put a client of this path into rooms that the client did not ask for.</summary>
    public virtual bool TakesRooms => false;

    /// <summary>How many rooms a client asks for as it connects. The node puts it into others only when it is in these.</summary>
    public virtual int OwnRooms => 0;

    /// <summary>The node puts a client into a room that the client did not ask for, and is not in.</summary>
    /// <returns>Null, or why not, in one sentence.</returns>
    public virtual string? Take(Connection connection, string room, JoinAt at)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (!TakesRooms)
        {
            return $"A client of the path '{Name}' is only in rooms it asked for.";
        }

        connection.Subscribe(room, at);
        return null;
    }

    /// <summary>Whether <see cref="Decorate"/> adds something of the client's own before each frame.</summary>
    public virtual bool Decorates => false;

    /// <summary>The last bytes before the transport is completed.</summary>
    public abstract ReadOnlyMemory<byte> Close(Disconnect disconnect);

    /// <summary>A message to one client alone, outside of rooms.</summary>
    public abstract ReadOnlyMemory<byte> Message(ReadOnlyMemory<byte> data, ContentKind kind);

    /// <summary>What dialects share whose messages are the same bytes, so that these are made once for all of their clients.</summary>
    public virtual object MessageForm => this;

    /// <summary>On the loop: whether the client has come so far that it can be meant by something outside of rooms. It is told when it has been greeted.</summary>
    public virtual bool TakesMessages(Connection connection) => true;

    /// <summary>A subscription is in its room and has a position. Its publications follow what is replied here.</summary>
    public virtual void Subscribed(Connection connection, Subscription subscription)
    {
    }

    /// <summary>The room could not be opened.</summary>
    public virtual void SubscribingFailed(Connection connection, Subscription subscription) => connection.Close(Disconnect.ServerError);

    /// <summary>The node takes a client out of a room. Clients that have no word for it would wait there for ever: their connection ends.</summary>
    public virtual void Unsubscribe(Connection connection, Subscription subscription, UnsubscribeReason reason) =>
        connection.Close(Disconnect.ForceNoReconnect);

    /// <summary>Writes what is this client's own before a frame of one of its subscriptions, whose <see cref="Subscription.Offered"/> is the frame's.</summary>
    public virtual void Decorate(Connection connection, IBufferWriter<byte> output)
    {
    }
}
