using System.Buffers;
using System.Globalization;
using System.Text;

namespace Broadcast.Gateway;

/// <summary>
/// How one event stream speaks. With one room the id belongs to the event and is shared; with several, each event is preceded by an id
/// of the client's own: one position per room, in the order of its query. Rooms that the node puts the client into have no place in an id, since nobody
/// asks for them when the browser comes back; what they say is named by its envelope.
/// </summary>
internal sealed class EventDialect(int rooms, bool envelope, bool chunked, bool heartbeatEvent, TimeSpan retry) : Dialect
{
    /// <summary>Names messages to one client.</summary>
    private const string DirectEvent = "direct";

    private static readonly ReadOnlyMemory<byte> s_comment = ServerSentEvent.Comment;
    private static readonly ReadOnlyMemory<byte> s_chunkedComment = ChunkedEncoding.Wrap(s_comment.Span);
    private static readonly ReadOnlyMemory<byte> s_event = "event: heartbeat\ndata: Server heartbeat\n\n"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> s_chunkedEvent = ChunkedEncoding.Wrap(s_event.Span);

    /// <summary>Kept with the subscriptions to rooms that the client did not ask for.</summary>
    private static readonly object s_taken = new();

    private readonly ArrayBufferWriter<byte>? _id = rooms > 1 && chunked ? new ArrayBufferWriter<byte>() : null;
    private int _joined;

    public override string Name => "events";

    public override WireFormat Format { get; } = EventFormats.Get(withId: rooms == 1, envelope, chunked);

    public override ReadOnlyMemory<byte> Heartbeat { get; } =
        heartbeatEvent ? (chunked ? s_chunkedEvent : s_event) : (chunked ? s_chunkedComment : s_comment);

    public override bool ExpectsSignsOfLife => false;

    public override bool TellsGapsOfRule => true;

    public override bool Decorates => rooms > 1;

    public override bool TakesRooms => true;

    public override int OwnRooms => rooms;

    public override string? Take(Connection connection, string room, JoinAt at)
    {
        connection.Subscribe(room, at, EventFormats.Get(withId: false, envelope: true, chunked), s_taken);
        return null;
    }

    public override void Unsubscribe(Connection connection, Subscription subscription, UnsubscribeReason reason)
    {
        if (subscription.Context == s_taken)
        {
            connection.Unsubscribe(subscription.Room.Name);
            return;
        }

        base.Unsubscribe(connection, subscription, reason);
    }

    public override ReadOnlyMemory<byte> Close(Disconnect disconnect)
    {
        var last = disconnect == Disconnect.Shutdown ? ComeAgain(retry) : ReadOnlyMemory<byte>.Empty;
        if (!chunked)
        {
            return last;
        }

        var chunks = new ArrayBufferWriter<byte>();
        ChunkedEncoding.Write(chunks, last.Span);
        chunks.Write(ChunkedEncoding.End.Span);
        return chunks.WrittenMemory;
    }

    /// <summary>What a stream ends with if the node stops: not all who are sent away may come back together.</summary>
    public static ReadOnlyMemory<byte> ComeAgain(TimeSpan retry)
    {
        var text = new ArrayBufferWriter<byte>();
        ServerSentEvent.WriteRetry(text, retry * Random.Shared.NextDouble());

        // Some clients look at a line only when its event is over.
        text.Write("\n"u8);
        return text.WrittenMemory;
    }

    /// <summary>The dialect is the stream's own; what it is told is not.</summary>
    public override object MessageForm { get; } = EventFormats.Get(withId: false, envelope, chunked);

    /// <summary>A named event without an id: the client's position stays what it was.</summary>
    public override ReadOnlyMemory<byte> Message(ReadOnlyMemory<byte> data, ContentKind kind)
    {
        var text = new ArrayBufferWriter<byte>();
        if (envelope)
        {
            ServerSentEvent.WriteEventAndData(text, DirectEvent, Envelope.Message(data, kind));
        }
        else if (kind == ContentKind.Binary)
        {
            ServerSentEvent.WriteEventAndData(text, DirectEvent, Encoding.ASCII.GetBytes(Convert.ToBase64String(data.Span)));
        }
        else
        {
            ServerSentEvent.WriteEventAndData(text, DirectEvent, data.Span);
        }

        return chunked ? ChunkedEncoding.Wrap(text.WrittenSpan) : text.WrittenMemory;
    }

    public override void Subscribed(Connection connection, Subscription subscription)
    {
        if (subscription.Context == s_taken || ++_joined < rooms)
        {
            return;
        }

        var text = new ArrayBufferWriter<byte>();
        var id = string.Join(',', connection.Subscriptions.Take(rooms).Select(s => PositionOf(s, s.Position)));
        ServerSentEvent.WriteOpening(text, retry, id, connection.Id);
        connection.Reply(chunked ? ChunkedEncoding.Wrap(text.WrittenSpan) : text.WrittenMemory);
        connection.Greeted();
    }

    public override void Decorate(Connection connection, IBufferWriter<byte> output)
    {
        var id = _id ?? output;
        _id?.ResetWrittenCount();
        id.Write("id: "u8);
        for (var i = 0; i < rooms; i++)
        {
            if (i > 0)
            {
                id.Write(","u8);
            }

            WritePosition(connection.Subscriptions[i], id);
        }

        id.Write("\n"u8);
        if (_id is not null)
        {
            ChunkedEncoding.Write(output, _id.WrittenSpan);
        }
    }

    private static void WritePosition(Subscription subscription, IBufferWriter<byte> output)
    {
        if (subscription.State == SubscriptionState.Joining)
        {
            Encoding.ASCII.GetBytes(PositionOf(subscription, default), output);
            return;
        }

        var span = output.GetSpan(20 + 1 + StreamPosition.MaxEpochLength);
        subscription.Offered.Offset.TryFormat(span, out var digits, provider: CultureInfo.InvariantCulture);
        span[digits] = (byte)'.';
        output.Advance(digits + 1 + Encoding.ASCII.GetBytes(subscription.Offered.Epoch, span[(digits + 1)..]));
    }

    /// <summary>A room that has not opened yet has no position; whoever reconnects then begins there as it did here.</summary>
    private static string PositionOf(Subscription subscription, StreamPosition position) =>
        subscription.State != SubscriptionState.Joining ? position.ToString()
        : subscription.At.Position?.ToString() ?? (subscription.At.IsStart ? "start" : "now");
}
