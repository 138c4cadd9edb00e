using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway;

/// <summary>A request that is not served: its status, and one sentence for whoever sent it.</summary>
internal sealed record Refusal(int Status, ErrorCode Code, string Message)
{
    /// <summary>As what it is counted that somebody may not do something, on every path.</summary>
    public const string NoPermission = "permission";

    /// <summary>How long a client should wait before it tries again, in seconds.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Another node would serve the request.</summary>
    public bool IsStopping { get; init; }

    /// <summary>As what it is counted when it is written; null for what was counted before, or is not.</summary>
    public string? CountedAs { get; init; }

    public static Refusal Bad(string message) => new(StatusCodes.Status400BadRequest, ErrorCode.BadRequest, message);

    public static Refusal Forbidden(string message) => new(StatusCodes.Status403Forbidden, ErrorCode.PermissionDenied, message) { CountedAs = NoPermission };

    /// <summary>A page may not talk to the node, which <see cref="Origins"/> has counted.</summary>
    public static Refusal OtherOrigin() => new(StatusCodes.Status403Forbidden, ErrorCode.PermissionDenied, "This origin is not allowed.");

    /// <summary>What the caller proved itself by is not good; why is for the log only.</summary>
    public static Refusal Unauthorized(ErrorCode code) => new(
        StatusCodes.Status401Unauthorized, code, code == ErrorCode.TokenExpired ? "The token has expired." : "The token or key is not good.");

    public static Refusal TooManyRequests(int perSecond, TimeSpan wait) =>
        new(StatusCodes.Status429TooManyRequests, ErrorCode.TooManyRequests, $"Publishing to this room is limited to {perSecond} a second.")
        {
            RetryAfter = (int)Math.Ceiling(wait.TotalSeconds),
        };

    public static Refusal TooLarge(int limit) =>
        new(StatusCodes.Status413PayloadTooLarge, ErrorCode.LimitExceeded, $"A publication has at most {limit} bytes.");

    /// <summary>Why <see cref="Hub.TryReserve"/> kept no place.</summary>
    public static Refusal NoPlace(Hub hub) => hub.IsStopping ? Stopping() : Full();

    public static Refusal Full() =>
        new(StatusCodes.Status503ServiceUnavailable, ErrorCode.LimitExceeded, "The node has as many connections as it may.") { RetryAfter = 5 };

    public static Refusal TooManyConnections(int limit) =>
        new(StatusCodes.Status429TooManyRequests, ErrorCode.LimitExceeded, $"The user has {limit} connections, and may have no more.") { RetryAfter = 5 };

    public static Refusal TooManyMembers(int limit) =>
        new(StatusCodes.Status400BadRequest, ErrorCode.LimitExceeded, $"The room has more than {limit} members, which are counted and not named.");

    public static Refusal NoMethod(string message) => new(StatusCodes.Status404NotFound, ErrorCode.MethodNotFound, message);

    public static Refusal Unavailable(string message) =>
        new(StatusCodes.Status503ServiceUnavailable, ErrorCode.Internal, message) { RetryAfter = 1 };

    /// <summary>Why a publication was not accepted, as far as is known.</summary>
    public static Refusal NotPublished(PublishResult result)
    {
        var status = result.Outcome == PublishOutcome.Refused ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status504GatewayTimeout;
        return new(status, ErrorCode.Internal, result.Reason!) { RetryAfter = 1 };
    }

    public static Refusal Stopping() => Unavailable("The node stops; another one serves you.") with { IsStopping = true };

    public async Task WriteAsync(HttpContext context)
    {
        if (CountedAs is { } reason)
        {
            context.RequestServices.GetRequiredService<Hub>().Metrics.Refused(reason);
        }

        context.Response.StatusCode = Status;
        if (Status == StatusCodes.Status401Unauthorized)
        {
            // RFC 6750, 3.1: one code for tokens that are expired, forged or malformed.
            context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        }

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
