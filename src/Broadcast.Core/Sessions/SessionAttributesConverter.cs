using System.Text.Json;
using System.Text.Json.Serialization;

namespace Broadcast.Core;

/// <summary>Reads and writes attributes as one JSON object.</summary>
internal sealed class SessionAttributesConverter : JsonConverter<SessionAttributes>
{
    private static readonly AttributeValueConverter s_value = new();

    public override SessionAttributes Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("Attributes are a JSON object.");
        }

        var values = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            values[name] = s_value.Read(ref reader, typeof(AttributeValue), options);
        }

        return SessionAttributes.Of(values);
    }

    public override void Write(Utf8JsonWriter writer, SessionAttributes value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, one) in value)
        {
            writer.WritePropertyName(name);
            s_value.Write(writer, one, options);
        }

        writer.WriteEndObject();
    }
}
