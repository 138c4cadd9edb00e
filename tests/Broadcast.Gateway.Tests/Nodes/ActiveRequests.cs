using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway.Tests;

/// <summary>Knows how many requests have not returned.</summary>
internal sealed class ActiveRequests
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public async Task CountAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _count);
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
