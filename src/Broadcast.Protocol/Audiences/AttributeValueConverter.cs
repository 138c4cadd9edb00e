using System.Text.Json;
using System.Text.Json.Serialization;

namespace Broadcast.Protocol;

/// <summary>Reads and writes an attribute's value as the JSON that looks like it.</summary>
internal sealed class AttributeValueConverter : JsonConverter<AttributeValue>
{
    private const string Refused = "An attribute is a string, a number, true, false, or a list of strings.";

    public override AttributeValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => AttributeValue.Of(reader.GetString()!),
        JsonTokenType.Number when reader.TryGetDouble(out var number) && double.IsFinite(number) => AttributeValue.Of(number),
        JsonTokenType.True => AttributeValue.Of(true),
        JsonTokenType.False => AttributeValue.Of(false),
        JsonTokenType.StartArray => ReadList(ref reader),
        _ => throw new JsonException(Refused),
    };

    public override void Write(Utf8JsonWriter writer, AttributeValue value, JsonSerializerOptions options)
    {
        if (value.List is { } list)
        {
            writer.WriteStartArray();
            foreach (var text in list)
            {
                writer.WriteStringValue(text);
            }

            writer.WriteEndArray();
        }
        else if (value.Number is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else if (value.Flag is { } flag)
        {
            writer.WriteBooleanValue(flag);
        }
        else
        {
            writer.WriteStringValue(value.Text);
        }
    }

    private static AttributeValue ReadList(ref Utf8JsonReader reader)
    {
        var list = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException(Refused));
        }

        return AttributeValue.Of(list);
    }
}
