namespace Broadcast.Gateway;

/// <summary>How plain sockets speak. Two exist, shared by all connections.</summary>
internal sealed class SocketDialect : Dialect
{
    public static readonly SocketDialect Bare = new(envelope: false);
    public static readonly SocketDialect InEnvelopes = new(envelope: true);

    private readonly bool _envelope;

    private SocketDialect(bool envelope)
    {
        _envelope = envelope;
        Format = new SocketFormat(envelope);
    }

    public override string Name => "socket";

    public override WireFormat Format { get; }

    public override ReadOnlyMemory<byte> Heartbeat { get; } = WebSocketFrame.Encode(Opcode.Ping, []);

    public override bool ExpectsSignsOfLife => true;

    public override bool TellsGapsOfRule => _envelope;

    public override bool TakesRooms => _envelope;

    public override int OwnRooms => 1;

    public override ReadOnlyMemory<byte> Close(Disconnect disconnect) => WebSocketFrame.Close(disconnect);

    /// <summary>A bare socket cannot tell it from a publication.</summary>
    public override ReadOnlyMemory<byte> Message(ReadOnlyMemory<byte> data, ContentKind kind) =>
        _envelope ? WebSocketFrame.Encode(Opcode.Text, Envelope.Message(data, kind))
        : WebSocketFrame.Encode(kind == ContentKind.Binary ? Opcode.Binary : Opcode.Text, data.Span);

    /// <summary>The first room is the socket's own, without which it would be for nothing.</summary>
    public override void Unsubscribe(Connection connection, Subscription subscription, UnsubscribeReason reason)
    {
        if (!_envelope || connection.Subscriptions[0] == subscription)
        {
            base.Unsubscribe(connection, subscription, reason);
            return;
        }

        connection.Unsubscribe(subscription.Room.Name);
        connection.Reply(WebSocketFrame.Encode(Opcode.Text, Envelope.Closing(subscription.Room.Name, reason)));
    }

    public override void Subscribed(Connection connection, Subscription subscription)
    {
        if (_envelope)
        {
            var opening = Envelope.Opening(connection.Id, subscription.Room.Name, subscription.Position);
            connection.Reply(WebSocketFrame.Encode(Opcode.Text, opening));
        }

        connection.Greeted();
    }
}
