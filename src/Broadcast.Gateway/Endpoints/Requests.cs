using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Broadcast.Gateway;

/// <summary>What the paths read from requests in the same way.</summary>
internal static class Requests
{
    /// <summary>The room of the path. Servers leave an encoded slash as it is, since it would change the path.</summary>
    public static string Room(this HttpContext context) =>
        ((string?)context.GetRouteValue("room") ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    public static bool Flag(this HttpContext context, string name) => context.Request.Query[name].ToString() is "1" or "true";

    /// <summary>A position as clients write it: <c>offset.epoch</c>, <c>start</c>, <c>now</c>, or nothing for <c>now</c>.</summary>
    public static bool TryReadPosition(string? text, out JoinAt at)
    {
        at = JoinAt.Now;
        switch (text)
        {
            case null or "" or "now":
                return true;
            case "start":
                at = JoinAt.Start;
                return true;
            default:
                var isPosition = StreamPosition.TryParse(text, out var position);
                at = isPosition ? JoinAt.After(position) : at;
                return isPosition;
        }
    }

    public static Refusal BadPosition(string parameter, string? text) =>
        Refusal.Bad($"{parameter} is '{Shortened(text)}'; it may be a position such as 42.h7Kq2x, or start, or now.");

    public static string Shortened(string? text) => text is { Length: > 80 } ? text[..80] + "…" : text ?? "";
}
