using System.Buffers;

namespace Broadcast.Protocol;

/// <summary>The one check of a room's name: 1–255 characters of <c>[A-Za-z0-9_.:/#@$-]</c>.</summary>
public static class RoomName
{
    public const int MaxLength = 255;

    private static readonly SearchValues<char> s_good =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:/#@$-");

    /// <returns>Null if the name is good; else one sentence that says what is wrong, to be shown to the caller.</returns>
    public static string? Refusal(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return "A room needs a name.";
        }

        if (name.Length > MaxLength)
        {
            return $"A room's name has at most {MaxLength} characters; this one has {name.Length}.";
        }

        var bad = name.AsSpan().IndexOfAnyExcept(s_good);
        return bad < 0 ? null : $"A room's name is made of A-Z a-z 0-9 _ . : / # @ $ -; {Describe(name[bad])} is none of them.";
    }

    private static string Describe(char c) => c is > ' ' and < '\x7f' ? $"'{c}'" : $"U+{(int)c:X4}";
}
