using System.Text;
using System.Text.Json;

namespace Broadcast.Gateway;

/// <summary>What a token says.</summary>
/// <param name="User"><c>sub</c></param>
/// <param name="Info"><c>info</c>, as JSON</param>
/// <param name="Rooms"><c>channels</c></param>
/// <param name="Expires"><c>exp</c>; null is never</param>
/// <param name="NotBefore"><c>nbf</c></param>
/// <param name="All">The whole payload, as JSON</param>
internal sealed record TokenClaims(
    string? User, ReadOnlyMemory<byte>? Info, IReadOnlyList<string> Rooms, DateTimeOffset? Expires, DateTimeOffset? NotBefore, ReadOnlyMemory<byte> All)
{
    /// <summary>The longest user name, in bytes: it goes with every publication and notice of its user.</summary>
    public const int MaxUserBytes = 255;

    /// <returns>Null, or what is wrong.</returns>
    public static string? TryRead(ReadOnlyMemory<byte> payload, out TokenClaims? claims)
    {
        claims = null;
        try
        {
            using var document = JsonDocument.Parse(payload);
            return TryRead(document.RootElement, payload, out claims);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is JSON and not text, as "\ud800".
            return "a token with a malformed payload";
        }
    }

    private static string? TryRead(JsonElement payload, ReadOnlyMemory<byte> all, out TokenClaims? claims)
    {
        claims = null;
        if (payload.TryGetProperty("channel", out _))
        {
            // Signed by the same key, but made for one subscription: it does not make its bearer a user.
            return "a token for one subscription";
        }

        if (!TryTime(payload, "exp", out var expires) || !TryTime(payload, "nbf", out var notBefore))
        {
            return "a token whose exp or nbf is no number";
        }

        if (!TryUser(payload, out var user))
        {
            return $"a token whose sub is no text of at most {MaxUserBytes} bytes";
        }

        if (!TryRooms(payload, out var rooms))
        {
            return "a token whose channels are no list of texts";
        }

        ReadOnlyMemory<byte>? info = Optional(payload, "info") is { } value ? Encoding.UTF8.GetBytes(value.GetRawText()) : null;
        claims = new TokenClaims(user, info, rooms, expires, notBefore, all);
        return null;
    }

    private static bool TryTime(JsonElement payload, string name, out DateTimeOffset? time)
    {
        time = null;
        if (!payload.TryGetProperty(name, out var value))
        {
            return true;
        }

        // Null too is wrong: a token must not live for ever by mistake.
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var seconds))
        {
            return false;
        }

        var latest = DateTimeOffset.MaxValue.AddYears(-1).ToUnixTimeSeconds();
        time = DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(seconds, 0, latest));
        return true;
    }

    private static bool TryUser(JsonElement payload, out string? user)
    {
        user = null;
        if (Optional(payload, "sub") is not { } sub)
        {
            return true;
        }

        if (sub.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        var text = sub.GetString()!;
        user = text.Length == 0 ? null : text;
        return Encoding.UTF8.GetByteCount(text) <= MaxUserBytes;
    }

    private static bool TryRooms(JsonElement payload, out IReadOnlyList<string> rooms)
    {
        rooms = [];
        if (Optional(payload, "channels") is not { } channels)
        {
            return true;
        }

        if (channels.ValueKind != JsonValueKind.Array || channels.EnumerateArray().Any(c => c.ValueKind != JsonValueKind.String))
        {
            return false;
        }

        rooms = [.. channels.EnumerateArray().Select(c => c.GetString()!)];
        return true;
    }

    private static JsonElement? Optional(JsonElement payload, string name) =>
        payload.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
