using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Broadcast.Gateway.Tests;

/// <summary>Knows how many requests have not returned.</summary>
internal sealed class ActiveRequests
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>The server's own object for the last request that could be upgraded.</summary>
    public WeakReference? LastHttp { get; private set; }

    public async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _count);
        LastHttp = context.Features.Get<IHttpUpgradeFeature>() is { } http ? new WeakReference(http) : LastHttp;
        try
        {
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _count);
        }
    }
}
