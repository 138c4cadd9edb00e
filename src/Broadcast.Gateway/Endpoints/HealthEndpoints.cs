using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Broadcast.Gateway;

/// <summary>For the platform: is the process alive, may it be sent clients.</summary>
internal sealed class HealthEndpoints(Hub hub, IBackplane backplane, IHostApplicationLifetime lifetime)
{
    public static Task LiveAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK, "live");

    public Task ReadyAsync(HttpContext context) => hub.IsStopping || lifetime.ApplicationStopping.IsCancellationRequested
        ? WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "stopping")
        : !backplane.IsReachable ? WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "backplane")
        : WriteAsync(context, StatusCodes.Status200OK, "ready");

    private static Task WriteAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(text);
    }
}
