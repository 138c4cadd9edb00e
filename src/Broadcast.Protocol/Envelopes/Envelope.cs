using System.Buffers;
using System.Text.Json;

namespace Broadcast.Protocol;

/// <summary>Writes what a client with <c>envelope=1</c> reads: one JSON object on one line, named and ordered as docs/protocol.md says.</summary>
internal static class Envelope
{
    // The default encoder also escapes what HTML could take for markup. Only payloads that are JSON go out as they came.
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    /// <summary>A publication with its place in the room.</summary>
    public static void Write(IBufferWriter<byte> output, string room, StreamPosition position, Publication publication)
    {
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteString("room"u8, room);
        json.WriteString("position"u8, position.ToString());
        json.WriteNumber("offset"u8, position.Offset);
        WriteContent(json, publication.Data, publication.Kind);
        WriteIfGiven(json, "event"u8, publication.Event);
        WriteIfGiven(json, "key"u8, publication.Key);
        WriteTags(json, publication.Tags);
        WriteIfGiven(json, "publisher"u8, publication.Publisher);
        json.WriteEndObject();
    }

    /// <summary>A notice of a room.</summary>
    public static void Write(IBufferWriter<byte> output, string room, Notice notice)
    {
        using var json = new Utf8JsonWriter(output, Options);
        Write(json, room, notice);
    }

    /// <inheritdoc cref="Write(IBufferWriter{byte}, string, Notice)"/>
    internal static void Write(Utf8JsonWriter json, string room, Notice notice)
    {
        json.WriteStartObject();
        json.WriteString("room"u8, room);
        switch (notice)
        {
            case Gap gap:
                json.WriteStartObject("gap"u8);
                json.WriteString("from"u8, gap.From.ToString());
                json.WriteString("to"u8, gap.To.ToString());
                json.WriteString("reason"u8, gap.Reason);
                break;
            case SourceStopped source:
                json.WriteStartObject("source"u8);
                json.WriteString("name"u8, source.Source);
                json.WriteString("state"u8, source.Reason is null ? "ended"u8 : "failed"u8);
                WriteIfGiven(json, "reason"u8, source.Reason);
                break;
            case Joined joined:
                json.WriteStartObject("join"u8);
                json.WriteString("client"u8, joined.Client);
                WriteIfGiven(json, "user"u8, joined.User);
                break;
            case Left left:
                json.WriteStartObject("leave"u8);
                json.WriteString("client"u8, left.Client);
                WriteIfGiven(json, "user"u8, left.User);
                break;
            default:
                throw new ArgumentException($"No envelope is known for {notice.GetType().Name}.", nameof(notice));
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <returns>What a socket says first: who the client is, and the position it starts from.</returns>
    public static byte[] Opening(string client, string room, StreamPosition position) => Line(json =>
    {
        json.WriteStartObject("open"u8);
        json.WriteString("client"u8, client);
        json.WriteString("room"u8, room);
        json.WriteString("position"u8, position.ToString());
        json.WriteEndObject();
    });

    /// <returns>What a socket is told when it is taken out of a room that the server put it into.</returns>
    public static byte[] Closing(string room, UnsubscribeReason reason) => Line(json =>
    {
        json.WriteStartObject("close"u8);
        json.WriteString("room"u8, room);
        json.WriteNumber("code"u8, reason.Code);
        json.WriteString("reason"u8, reason.Reason);
        json.WriteEndObject();
    });

    /// <returns>A message to this client alone, outside of rooms.</returns>
    public static byte[] Message(ReadOnlyMemory<byte> data, ContentKind kind) => Line(json =>
    {
        json.WriteStartObject("message"u8);
        WriteContent(json, data, kind);
        json.WriteEndObject();
    });

    /// <returns>The answer to a command that was carried out.</returns>
    /// <param name="id">The command's.</param>
    /// <param name="position">Of the publication, or of the client that paused or resumed.</param>
    public static byte[] Result(long id, StreamPosition position) => Line(json =>
    {
        json.WriteNumber("id"u8, id);
        json.WriteStartObject("result"u8);
        json.WriteString("position"u8, position.ToString());
        json.WriteEndObject();
    });

    /// <returns>The answer to a request.</returns>
    /// <param name="id">The command's.</param>
    /// <param name="data">One JSON value; null for none.</param>
    public static byte[] Answer(long id, ReadOnlyMemory<byte>? data) => Line(json =>
    {
        json.WriteNumber("id"u8, id);
        json.WriteStartObject("result"u8);
        if (data is { } value)
        {
            json.WritePropertyName("data"u8);
            json.WriteRawValue(JsonText.OneLine(value.Span), skipInputValidation: true);
        }

        json.WriteEndObject();
    });

    /// <returns>The answer to a command that was not carried out.</returns>
    /// <param name="id">The command's; left out if null.</param>
    /// <param name="message">One sentence for whoever wrote the client; by default the code's own.</param>
    public static byte[] Error(long? id, ErrorCode error, string? message = null) => Line(json =>
    {
        if (id is { } known)
        {
            json.WriteNumber("id"u8, known);
        }

        json.WriteStartObject("error"u8);
        json.WriteNumber("code"u8, error.Code);
        json.WriteString("message"u8, message ?? error.Message);
        json.WriteEndObject();
    });

    private static byte[] Line(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static void WriteContent(Utf8JsonWriter json, ReadOnlyMemory<byte> content, ContentKind kind)
    {
        var data = content.Span;
        switch (kind)
        {
            case ContentKind.Json:
                json.WriteString("kind"u8, "json"u8);
                json.WritePropertyName("data"u8);
                json.WriteRawValue(JsonText.OneLine(data), skipInputValidation: true);
                break;
            case ContentKind.Text:
                json.WriteString("kind"u8, "text"u8);
                json.WriteString("data"u8, data);
                break;
            default:
                json.WriteString("kind"u8, "binary"u8);
                json.WriteBase64String("b64"u8, data);
                break;
        }
    }

    private static void WriteIfGiven(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteTags(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? tags)
    {
        if (tags is null)
        {
            return;
        }

        json.WriteStartObject("tags"u8);
        foreach (var (name, value) in tags)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }
}
