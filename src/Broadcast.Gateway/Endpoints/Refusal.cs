using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>A request that is not served: its status, and one sentence for whoever sent it.</summary>
internal sealed record Refusal(int Status, ErrorCode Code, string Message)
{
    /// <summary>How long a client should wait before it tries again, in seconds.</summary>
    public int? RetryAfter { get; init; }

    public static Refusal Bad(string message) => new(StatusCodes.Status400BadRequest, ErrorCode.BadRequest, message);

    public static Refusal Forbidden(string message) => new(StatusCodes.Status403Forbidden, ErrorCode.PermissionDenied, message);

    public static Refusal TooLarge(int limit) =>
        new(StatusCodes.Status413PayloadTooLarge, ErrorCode.LimitExceeded, $"A publication has at most {limit} bytes.");

    public static Refusal Full() =>
        new(StatusCodes.Status503ServiceUnavailable, ErrorCode.LimitExceeded, "The node has as many connections as it may.") { RetryAfter = 5 };

    public static Refusal Unavailable(string message) =>
        new(StatusCodes.Status503ServiceUnavailable, ErrorCode.Internal, message) { RetryAfter = 1 };

    public static Refusal Stopping() => Unavailable("The node stops; another one serves you.");

    public async Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        if (RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        await Json.WriteAsync(context, json =>
        {
            json.WriteStartObject("error");
            json.WriteNumber("code", Code.Code);
            json.WriteString("message", Message);
            json.WriteEndObject();
        });
    }
}
