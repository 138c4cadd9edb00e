namespace Broadcast.Gateway;

/// <summary>A room's name, or a prefix that ends in <c>*</c>.</summary>
internal static class RoomPattern
{
    public static bool Matches(string pattern, string room) => pattern.EndsWith('*')
        ? room.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
        : room == pattern;

    /// <returns>Null if it is one; else what it may be, in words that follow "it is '…';".</returns>
    public static string? Refusal(string? pattern)
    {
        var bare = pattern?.EndsWith('*') == true ? pattern[..^1] : pattern;
        return pattern != "*" && RoomName.Refusal(bare) is { } refusal ? $"it may be a room's name or a prefix that ends in *. {refusal}" : null;
    }
}
