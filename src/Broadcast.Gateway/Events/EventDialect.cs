using System.Buffers;

namespace Broadcast.Gateway;

/// <summary>
/// How one event stream speaks. With one room the id belongs to the event and is shared; with several, each event is preceded by an id
/// of the client's own: one position per room, in the order of its query.
/// </summary>
internal sealed class EventDialect(int rooms, bool envelope, bool chunked, TimeSpan retry) : Dialect
{
    private static readonly ReadOnlyMemory<byte> s_chunkedComment = ChunkedEncoding.Wrap(ServerSentEvent.Comment.Span);

    private readonly ArrayBufferWriter<byte>? _id = rooms > 1 && chunked ? new ArrayBufferWriter<byte>() : null;
    private int _joined;

    public override WireFormat Format { get; } = EventFormats.Get(withId: rooms == 1, envelope, chunked);

    public override ReadOnlyMemory<byte> Heartbeat => chunked ? s_chunkedComment : ServerSentEvent.Comment;

    public override bool ExpectsSignsOfLife => false;

    public override bool TellsGapsOfRule => true;

    public override bool Decorates => rooms > 1;

    public override ReadOnlyMemory<byte> Close(Disconnect disconnect) => chunked ? ChunkedEncoding.End : ReadOnlyMemory<byte>.Empty;

    public override void Subscribed(Connection connection, Subscription subscription)
    {
        if (++_joined < rooms)
        {
            return;
        }

        var text = new ArrayBufferWriter<byte>();
        ServerSentEvent.WriteOpening(text, retry, string.Join(',', connection.Subscriptions.Select(s => PositionOf(s, s.Position))));
        connection.Reply(chunked ? ChunkedEncoding.Wrap(text.WrittenSpan) : text.WrittenMemory);
    }

    public override void Decorate(Connection connection, IBufferWriter<byte> output)
    {
        var id = string.Join(',', connection.Subscriptions.Select(s => PositionOf(s, s.Offered)));
        if (_id is null)
        {
            ServerSentEvent.WriteId(output, id);
            return;
        }

        _id.ResetWrittenCount();
        ServerSentEvent.WriteId(_id, id);
        ChunkedEncoding.Write(output, _id.WrittenSpan);
    }

    /// <summary>A room that has not opened yet has no position; whoever reconnects then begins there as it did here.</summary>
    private static string PositionOf(Subscription subscription, StreamPosition position) =>
        subscription.State != SubscriptionState.Joining ? position.ToString()
        : subscription.At.Position?.ToString() ?? (subscription.At.IsStart ? "start" : "now");
}
