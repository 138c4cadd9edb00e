using System.Text.Json;
using System.Text.Json.Serialization;

namespace Broadcast.Gateway;

/// <summary>Writes batches; as fragments, none is read.</summary>
internal sealed class FragmentBatchConverter : JsonConverter<FragmentBatch>
{
    private static readonly FragmentConverter s_fragments = new();

    public override FragmentBatch Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new JsonException("Fragments are not read from JSON.");

    public override void Write(Utf8JsonWriter writer, FragmentBatch value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "batch"u8);
        writer.WriteStartArray("updates"u8);
        foreach (var update in value.Updates)
        {
            s_fragments.Write(writer, update, options);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
