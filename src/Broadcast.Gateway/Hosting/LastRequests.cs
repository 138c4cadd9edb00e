using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>
/// A request that comes while the node stops is the last one of its connection, and its answer says so (<c>Connection: close</c>, or GOAWAY):
/// a client that keeps connections makes its next request to another node.
/// </summary>
internal sealed class LastRequests(Hub hub) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(ServeAsync);
        next(app);
    };

    /// <summary>
    /// Lets no other request follow on this connection. Where the answer has begun already it cannot say so; a client that sends
    /// at once what must not be sent twice would then not know what became of it.
    /// </summary>
    public static void CloseAfter(HttpContext context) => context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();

    private Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        if (hub.IsStopping)
        {
            CloseAfter(context);
        }

        return next(context);
    }
}
