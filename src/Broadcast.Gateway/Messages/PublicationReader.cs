using System.Buffers;
using System.IO.Pipelines;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Broadcast.Gateway;

/// <summary>Makes a publication of a request: the body with its content type, and what the query says of it.</summary>
internal static class PublicationReader
{
    /// <returns>The publication, or why there is none.</returns>
    public static async Task<(Publication? Publication, Refusal? Refusal)> ReadAsync(HttpContext context, int maxBytes, string? publisher)
    {
        if (await ReadBodyAsync(context, maxBytes) is not { } body)
        {
            return (null, Refusal.TooLarge(maxBytes));
        }

        if (KindOf(context.Request.ContentType) is not { } kind)
        {
            return (null, Refusal.Bad($"Content-Type is '{Requests.Shortened(context.Request.ContentType)}', which is not a media type."));
        }

        if (kind == ContentKind.Json && !JsonText.IsOneValue(body))
        {
            return (null, Refusal.Bad($"The body claims to be JSON and is not one JSON value of at most {JsonText.MaxDepth} levels."));
        }

        if (kind == ContentKind.Text && !Utf8.IsValid(body))
        {
            return (null, Refusal.Bad("The body claims to be text and is not UTF-8; send it as application/octet-stream."));
        }

        return Describe(context, new Publication(body, kind) { Info = publisher is null ? null : new ClientInfo("", publisher) });
    }

    private static (Publication? Publication, Refusal? Refusal) Describe(HttpContext context, Publication bare)
    {
        var query = context.Request.Query;
        Dictionary<string, string>? tags = null;
        foreach (var tag in query["tag"])
        {
            var colon = tag!.IndexOf(':', StringComparison.Ordinal);
            if (colon < 1 || !(tags ??= new(StringComparer.Ordinal)).TryAdd(tag[..colon], tag[(colon + 1)..]))
            {
                return (null, Refusal.Bad("tag is written name:value, and each name comes once."));
            }
        }

        var publication = new Publication(bare.Data, bare.Kind)
        {
            Key = query.TryGetValue("key", out var key) ? key.ToString() : null,
            Event = query.TryGetValue("event", out var name) ? name.ToString() : null,
            Tags = tags,
            Info = bare.Info,
        };
        return PublicationLimits.Refusal(publication, IdempotencyKey(context)) is { } wrong
            ? (null, Refusal.Bad(wrong))
            : (publication, null);
    }

    public static string? IdempotencyKey(HttpContext context) =>
        context.Request.Headers.TryGetValue("Idempotency-Key", out var key) ? key.ToString() : null;

    private static ContentKind? KindOf(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType))
        {
            return ContentKind.Text;
        }

        if (!MediaTypeHeaderValue.TryParse(contentType, out var type))
        {
            return null;
        }

        var name = type.MediaType.Value!;
        return name.Equals("application/json", StringComparison.OrdinalIgnoreCase) || name.EndsWith("+json", StringComparison.OrdinalIgnoreCase) ? ContentKind.Json
            : name.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || name.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) ? ContentKind.Text
            : ContentKind.Binary;
    }

    /// <returns>The body, or null if it is longer than allowed.</returns>
    public static async ValueTask<byte[]?> ReadBodyAsync(HttpContext context, int maxBytes)
    {
        // This limit counts, whatever the server's own is.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        return context.Request.ContentLength > maxBytes ? null : await ReadBodyAsync(context.Request.BodyReader, maxBytes, context.RequestAborted);
    }

    private static async Task<byte[]?> ReadBodyAsync(PipeReader reader, int maxBytes, CancellationToken cancellation)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellation);
            if (result.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(result.Buffer.End);
                return null;
            }

            if (result.IsCompleted)
            {
                var body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return body;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
