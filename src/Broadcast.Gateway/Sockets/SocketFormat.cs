using System.Buffers;

namespace Broadcast.Gateway;

/// <summary>WebSocket frames: payloads as they are, or in envelopes.</summary>
internal sealed class SocketFormat(bool envelope) : WireFormat
{
    public override Frame Encode(string room, LogEntry entry)
    {
        if (envelope)
        {
            return InEnvelope(room, entry);
        }

        if (entry.Publication is { } publication)
        {
            return new Frame(WebSocketFrame.Encode(publication.Kind == ContentKind.Binary ? Opcode.Binary : Opcode.Text, publication.Data.Span));
        }

        // A bare socket has no place for a notice: it ends, and the reason says why. Joins and leaves are passed over.
        if (NoticeText.Reason(entry.Notice!) is not { } reason)
        {
            return Frame.Empty;
        }

        var end = new Disconnect(Disconnect.NoticeCode, reason);
        return new Frame(WebSocketFrame.Close(end), end);
    }

    private static Frame InEnvelope(string room, LogEntry entry)
    {
        var text = new ArrayBufferWriter<byte>();
        if (entry.Publication is { } publication)
        {
            Envelope.Write(text, room, entry.Position, publication);
        }
        else
        {
            Envelope.Write(text, room, entry.Notice!);
        }

        return new Frame(WebSocketFrame.Encode(Opcode.Text, text.WrittenSpan));
    }
}
