using System.Buffers;
using System.Text.Json;

namespace Broadcast.Protocol;

/// <summary>Writes what replies and pushes have in common. As in proto3, a field that is zero is left out unless a caller says otherwise.</summary>
internal static class ProtocolJson
{
    // The default encoder also escapes what HTML could take for markup. Only payloads that are JSON go out as they came.
    private static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    public static Utf8JsonWriter To(IBufferWriter<byte> output) => new(output, Options);

    public static void WriteIfGiven(this Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }

    public static void WriteIfGiven(this Utf8JsonWriter json, ReadOnlySpan<byte> name, ulong value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }

    public static void WriteIfGiven(this Utf8JsonWriter json, ReadOnlySpan<byte> name, bool value)
    {
        if (value)
        {
            json.WriteBoolean(name, value);
        }
    }

    /// <summary>A value that is JSON already.</summary>
    public static void WriteIfGiven(this Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlyMemory<byte>? value)
    {
        if (value is { IsEmpty: false } data)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(JsonText.OneLine(data.Span), skipInputValidation: true);
        }
    }

    public static void WriteTtl(this Utf8JsonWriter json, uint ttl)
    {
        json.WriteIfGiven("expires"u8, ttl != 0);
        json.WriteIfGiven("ttl"u8, ttl);
    }

    public static void WritePosition(this Utf8JsonWriter json, StreamPosition position)
    {
        json.WriteIfGiven("epoch"u8, position.Epoch);
        json.WriteIfGiven("offset"u8, position.Offset);
    }

    public static void WriteInfo(this Utf8JsonWriter json, ClientInfo info)
    {
        json.WriteStartObject();
        json.WriteString("user"u8, info.User);
        json.WriteString("client"u8, info.Client);
        json.WriteIfGiven("conn_info"u8, info.ConnInfo);
        json.WriteEndObject();
    }

    public static void WriteSubscription(this Utf8JsonWriter json, SubscribeResult result)
    {
        json.WriteTtl(result.Ttl);
        json.WriteIfGiven("recoverable"u8, result.Recoverable);
        json.WritePosition(result.Position);
        if (result.Publications.Count > 0)
        {
            json.WritePublications(result.Publications, result.Delta);
        }

        json.WriteIfGiven("recovered"u8, result.Recovered);
        json.WriteIfGiven("positioned"u8, result.Positioned);
        json.WriteIfGiven("data"u8, result.Data);
        json.WriteIfGiven("was_recovering"u8, result.WasRecovering);
        json.WriteIfGiven("delta"u8, result.Delta);
    }

    public static void WritePublications(this Utf8JsonWriter json, IReadOnlyList<StoredPublication> publications, bool inStrings)
    {
        json.WriteStartArray("publications"u8);
        foreach (var stored in publications)
        {
            json.WritePublication(new StreamPosition("", stored.Offset), stored.Publication, inStrings);
        }

        json.WriteEndArray();
    }

    /// <param name="inString">Write the text of the payload's JSON into a string.</param>
    public static void WritePublication(this Utf8JsonWriter json, StreamPosition position, Publication publication, bool inString)
    {
        json.WriteStartObject();
        json.WritePropertyName("data"u8);
        if (inString)
        {
            json.WriteStringValue(TextOf(publication));
        }
        else
        {
            json.WriteContent(publication.Data.Span, publication.Kind);
        }

        if (publication.Info is { } info)
        {
            json.WritePropertyName("info"u8);
            json.WriteInfo(info);
        }

        json.WritePosition(position);
        json.WriteTags(publication.Tags);
        json.WriteIfGiven("key"u8, publication.Key);
        json.WriteEndObject();
    }

    public static void WriteContent(this Utf8JsonWriter json, ReadOnlySpan<byte> data, ContentKind kind)
    {
        switch (kind)
        {
            case ContentKind.Json:
                json.WriteRawValue(JsonText.OneLine(data), skipInputValidation: true);
                break;
            case ContentKind.Text:
                json.WriteStringValue(data);
                break;
            default:
                json.WriteStartObject();
                json.WriteBase64String("b64"u8, data);
                json.WriteEndObject();
                break;
        }
    }

    private static ReadOnlySpan<byte> TextOf(Publication publication)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = To(text))
        {
            json.WriteContent(publication.Data.Span, publication.Kind);
        }

        return text.WrittenSpan;
    }

    private static void WriteTags(this Utf8JsonWriter json, IReadOnlyDictionary<string, string>? tags)
    {
        if (tags is not { Count: > 0 })
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
