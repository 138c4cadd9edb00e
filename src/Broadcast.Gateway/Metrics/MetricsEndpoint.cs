using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>What the node counts, for operators and what they let scrape it: <c>/metrics</c>.</summary>
internal sealed class MetricsEndpoint(Hub hub, IBackplane backplane, Operators operators) : IDisposable
{
    private readonly Tallies _tallies = new([hub.Metrics.Publications.Meter, .. backplane.Meter is { } meter ? [meter] : (Meter[])[]]);

    public async Task ServeAsync(HttpContext context)
    {
        if (await operators.RefuseAsync(context) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        context.Response.ContentType = MetricsText.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(MetricsText.Write(_tallies.Read()));
    }

    public void Dispose() => _tallies.Dispose();
}
