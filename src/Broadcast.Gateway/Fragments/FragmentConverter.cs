using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Broadcast.Gateway;

/// <summary>Writes fragments. None is read: what goes into pages is made here, and not by clients.</summary>
internal sealed class FragmentConverter : JsonConverter<Fragment>
{
    private static readonly string[] s_swaps = ["innerHTML", "outerHTML", "beforebegin", "afterbegin", "beforeend", "afterend", "delete", "none"];

    public override Fragment Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new JsonException("Fragments are not read from JSON.");

    public override void Write(Utf8JsonWriter writer, Fragment value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("target"u8, value.Target);

        // Markup is most of it, and would be six times as long with every < and > escaped; the JSON itself never stands in a page. As UTF-8, in which half of a
        // surrogate pair is U+FFFD, as the writer makes it of other strings: of UTF-16 it is refused.
        writer.WriteString("html"u8, JsonEncodedText.Encode(Encoding.UTF8.GetBytes(value.Html.ToString()), JavaScriptEncoder.UnsafeRelaxedJsonEscaping));
        writer.WriteString("swap"u8, s_swaps[(int)value.Swap]);
        writer.WriteEndObject();
    }
}
