using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Broadcast.Protocol;

/// <summary>Checks UTF-8 that comes in pieces.</summary>
internal static class Utf8Text
{
    /// <returns>How many bytes at the start are whole characters, all but three at most; -1 if nothing that follows can make it valid.</returns>
    public static int WholeCharacters(ReadOnlySpan<byte> text)
    {
        var whole = text.Length - Unfinished(text);
        return Utf8.IsValid(text[..whole]) ? whole : -1;
    }

    /// <summary>The length of a character at the end that lacks bytes and may still become valid.</summary>
    private static int Unfinished(ReadOnlySpan<byte> text)
    {
        for (var length = 1; length <= Math.Min(3, text.Length); length++)
        {
            var isLead = text[^length] >= 0xC0;
            if (isLead)
            {
                return Rune.DecodeFromUtf8(text[^length..], out _, out _) == OperationStatus.NeedMoreData ? length : 0;
            }
        }

        return 0;
    }
}
