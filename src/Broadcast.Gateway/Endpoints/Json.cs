using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>Answers with a JSON object.</summary>
internal static class Json
{
    // Answered as application/json, never as part of a page: names and sentences stay readable.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Beyond it, what was written so far is sent before more is written.</summary>
    private const int MaxUnsent = 64 << 10;

    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write) => WriteAsync(context, json =>
    {
        write(json);
        return Task.CompletedTask;
    });

    /// <param name="write">Calls <see cref="FlushAsync"/> between parts if there may be many.</param>
    public static async Task WriteAsync(HttpContext context, Func<Utf8JsonWriter, Task> write)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, s_options);
        json.WriteStartObject();
        await write(json);
        json.WriteEndObject();
        await json.FlushAsync();
        await context.Response.BodyWriter.FlushAsync();
    }

    /// <summary>Sends what was written, if it is much: a long answer waits for its reader and not in memory.</summary>
    public static async ValueTask FlushAsync(HttpContext context, Utf8JsonWriter json)
    {
        if (json.BytesPending + context.Response.BodyWriter.UnflushedBytes < MaxUnsent)
        {
            return;
        }

        await json.FlushAsync(context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
