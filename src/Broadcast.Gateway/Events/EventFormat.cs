using System.Buffers;
using System.Buffers.Text;

namespace Broadcast.Gateway;

/// <summary>How server-sent events look: with or without an id of their own, payloads bare or in envelopes, chunked for HTTP/1.1 or not.</summary>
internal sealed class EventFormat(bool withId, bool envelope, bool chunked) : WireFormat
{
    public override Frame Encode(string room, LogEntry entry)
    {
        var text = new ArrayBufferWriter<byte>();
        if (withId)
        {
            ServerSentEvent.WriteId(text, entry.Position.ToString());
        }

        if (entry.Publication is { } publication)
        {
            Write(text, room, entry.Position, publication);
        }
        else
        {
            var notice = new ArrayBufferWriter<byte>();
            Envelope.Write(notice, room, entry.Notice!);
            ServerSentEvent.WriteEventAndData(text, NameOf(entry.Notice!), notice.WrittenSpan);
        }

        return new Frame(chunked ? ChunkedEncoding.Wrap(text.WrittenSpan) : text.WrittenMemory);
    }

    private static string NameOf(Notice notice) => notice switch
    {
        Gap => "gap",
        SourceStopped => "source",
        Joined => "join",
        _ => "leave",
    };

    private void Write(ArrayBufferWriter<byte> text, string room, StreamPosition position, Publication publication)
    {
        if (envelope)
        {
            var wrapped = new ArrayBufferWriter<byte>();
            Envelope.Write(wrapped, room, position, publication);
            ServerSentEvent.WriteEventAndData(text, publication.Event, wrapped.WrittenSpan);
        }
        else if (publication.Kind == ContentKind.Binary)
        {
            var base64 = new byte[Base64.GetMaxEncodedToUtf8Length(publication.Data.Length)];
            Base64.EncodeToUtf8(publication.Data.Span, base64, out _, out var length);
            ServerSentEvent.WriteEventAndData(text, publication.Event ?? "binary", base64.AsSpan(0, length));
        }
        else
        {
            ServerSentEvent.WriteEventAndData(text, publication.Event, publication.Data.Span);
        }
    }
}
