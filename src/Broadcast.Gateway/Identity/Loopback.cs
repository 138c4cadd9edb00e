using System.Net;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>Whether a request comes from this machine itself.</summary>
internal static class Loopback
{
    /// <summary>
    /// A proxy on this machine makes everybody look local, so that a forwarded request is not; and a page may have made its own name
    /// resolve to 127.0.0.1, so that the host must be a loopback name too.
    /// </summary>
    public static bool Sent(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.ContainsKey("X-Forwarded-For") || headers.ContainsKey("Forwarded") || headers.ContainsKey("X-Real-IP"))
        {
            return false;
        }

        var isInMemory = context.Connection.RemoteIpAddress is null && context.Features.Get<IConnectionSocketFeature>() is null;
        var isLocal = context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        return isInMemory || (isLocal && IsLoopbackName(context.Request.Host.Host));
    }

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
