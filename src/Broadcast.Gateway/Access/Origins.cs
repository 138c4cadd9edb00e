using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>Which web pages may talk to the node. WebSockets are not covered by CORS, so the server must look itself.</summary>
internal sealed class Origins(IOptions<BroadcastOptions> options, Hub hub)
{
    private readonly HashSet<string> _allowed =
        new(options.Value.AllowedOrigins.Select(o => o.TrimEnd('/')), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the request may go on, else it is counted; if a page of another origin asks and may, it is told so by CORS headers.</summary>
    public bool Admit(HttpContext context)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0)
        {
            return true;
        }

        var isOwn = Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && string.Equals(uri.Authority, context.Request.Host.Value, StringComparison.OrdinalIgnoreCase);
        if (isOwn)
        {
            return true;
        }

        if (!_allowed.Contains("*") && !_allowed.Contains(origin))
        {
            hub.Metrics.Refused("origin");
            return false;
        }

        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.Vary = "Origin";
        headers.AccessControlExposeHeaders = "Retry-After, WWW-Authenticate";
        return true;
    }

    /// <summary>Answers a preflight.</summary>
    public void AnswerPreflight(HttpContext context)
    {
        if (!Admit(context))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        var headers = context.Response.Headers;
        headers.AccessControlAllowMethods = "GET, POST, DELETE";
        headers.AccessControlAllowHeaders = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID";
        headers.AccessControlMaxAge = "86400";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
