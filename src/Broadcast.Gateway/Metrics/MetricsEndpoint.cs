using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>What the node counts, for operators and what they let scrape it: <c>/metrics</c>.</summary>
internal sealed class MetricsEndpoint(Hub hub, Access access, Origins origins) : IDisposable
{
    private readonly Tallies _tallies = new(hub.Metrics.Publications.Meter);

    public Task ServeAsync(HttpContext context)
    {
        var refusal = !origins.Admit(context) ? Refusal.Forbidden("This origin is not allowed.")
            : !access.IsOperator(context) ? Refusal.Forbidden("Only operators may do this; see the setting Broadcast:Operators.")
            : null;
        if (refusal is not null)
        {
            return refusal.WriteAsync(context);
        }

        context.Response.ContentType = MetricsText.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(MetricsText.Write(_tallies.Read()));
    }

    public void Dispose() => _tallies.Dispose();
}
