using System.Text.Json;
using System.Text.Unicode;

namespace Broadcast.Protocol;

/// <summary>The one check of a JSON payload (RFC 8259), the same on every path.</summary>
internal static class JsonText
{
    /// <summary>How deep arrays and objects may be nested in a payload.</summary>
    public const int MaxDepth = 64;

    /// <returns>
    /// Whether the bytes are valid UTF-8 and exactly one JSON value, without comments and nested at most 64 deep. White space around it is
    /// allowed; a byte order mark is not.
    /// </returns>
    public static bool IsOneValue(ReadOnlySpan<byte> text)
    {
        // The reader passes over strings without looking whether they are UTF-8.
        if (!Utf8.IsValid(text))
        {
            return false;
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <returns>
    /// The same value without line breaks, which in JSON stand between tokens only (RFC 8259, 2 and 7), and never between two that would
    /// become one.
    /// </returns>
    internal static ReadOnlySpan<byte> OneLine(ReadOnlySpan<byte> json)
    {
        if (json.IndexOfAny((byte)'\r', (byte)'\n') < 0)
        {
            return json;
        }

        var line = new byte[json.Length];
        var length = 0;
        foreach (var b in json)
        {
            if (b is not ((byte)'\r' or (byte)'\n'))
            {
                line[length++] = b;
            }
        }

        return line.AsSpan(0, length);
    }
}
