using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Broadcast.Gateway;

/// <summary>The page at <c>/</c> and its parts at <c>/page/…</c>, which the assembly carries.</summary>
internal sealed class PageEndpoint
{
    private const string Prefix = "page/";
    private const string First = "index.html";

    /// <summary>Bundled with npm's parts, where the build could; see <c>Page.targets</c>.</summary>
    private const string Full = "full.html";

    private const string Missing = "<!-- what is missing -->";
    private const string WhatIsMissing = "<p class=\"notice\">This node was built without Node.js or npm, so that the charts by uPlot, "
        + "the chat, and the comparison of the centrifuge client with EventSource are missing from this page.</p>";

    /// <summary>Only what the page itself brings may run or be shown; it talks to this server alone.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private readonly Dictionary<string, Part> _parts = Load();

    /// <summary>With <c>?plain=1</c> it is the first page, which is made of files as they are.</summary>
    public Task ServeIndexAsync(HttpContext context) =>
        ServeAsync(context, _parts.ContainsKey(Full) && !context.Flag("plain") ? Full : First);

    public Task ServePartAsync(HttpContext context) => ServeAsync(context, (string?)context.GetRouteValue("part") ?? "");

    private static Dictionary<string, Part> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var parts = new Dictionary<string, Part>(StringComparer.Ordinal);
        var names = assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToArray();
        foreach (var name in names)
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            if (name == Prefix + First && !names.Contains(Prefix + Full))
            {
                bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace(Missing, WhatIsMissing, StringComparison.Ordinal));
            }

            parts[name[Prefix.Length..]] = new Part(bytes, TypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\"");
        }

        return parts;
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };

    private async Task ServeAsync(HttpContext context, string name)
    {
        if (!_parts.TryGetValue(name, out var part))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        headers.ETag = part.Tag;
        if (context.Request.Headers.IfNoneMatch == part.Tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = part.Type;
        context.Response.ContentLength = part.Bytes.Length;
        await context.Response.Body.WriteAsync(part.Bytes);
    }

    private sealed record Part(byte[] Bytes, string Type, string Tag);
}
