using System.Text.Json;
using System.Text.Unicode;

namespace Broadcast.Core;

/// <summary>Decides what a line is as a publication.</summary>
internal static class LineContent
{
    /// <summary>Bytes that are not UTF-8 become binary; a JSON value json if <paramref name="json"/> is asked for; all else text.</summary>
    /// <returns>Null for a blank line where JSON is asked for: it is not a value, and NDJSON allows it.</returns>
    public static Publication? ToPublication(ReadOnlySpan<byte> line, bool json)
    {
        if (!Utf8.IsValid(line))
        {
            return new Publication(line.ToArray(), ContentKind.Binary);
        }

        if (json && line.Trim(" \t\r"u8).IsEmpty)
        {
            return null;
        }

        return new Publication(line.ToArray(), json && IsJson(line) ? ContentKind.Json : ContentKind.Text);
    }

    private static bool IsJson(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
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
}
