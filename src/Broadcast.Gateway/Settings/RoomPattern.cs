namespace Broadcast.Gateway;

/// <summary>A room's name, or a prefix that ends in <c>*</c>.</summary>
internal static class RoomPattern
{
    public static bool Matches(string pattern, string room) => pattern.EndsWith('*')
        ? room.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
        : room == pattern;
}
