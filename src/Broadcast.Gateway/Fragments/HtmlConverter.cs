using System.Text.Json;
using System.Text.Json.Serialization;

namespace Broadcast.Gateway;

/// <summary>Writes markup as a string. None is read: it would be what a client says.</summary>
internal sealed class HtmlConverter : JsonConverter<Html>
{
    public override Html Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new JsonException("HTML is not read from JSON.");

    public override void Write(Utf8JsonWriter writer, Html value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
