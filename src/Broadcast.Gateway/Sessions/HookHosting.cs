using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway;

/// <summary>Adds what an application does when clients and users come and go. Several of each may be added; each runs, also if another one fails.</summary>
public static class HookHosting
{
    /// <summary>Runs once for each client that was let in: over the Centrifuge protocol when it has said who it is. The client does not wait for it.</summary>
    /// <param name="hook">Takes, in any order, an <see cref="IConnection"/>, a <see cref="CancellationToken"/>, and services of a scope of its own.</param>
    /// <exception cref="ArgumentException">It takes something else; the message is one sentence.</exception>
    public static IEndpointRouteBuilder OnConnected(this IEndpointRouteBuilder endpoints, Delegate hook)
    {
        HooksOf(endpoints, hook).OnConnected(hook);
        return endpoints;
    }

    /// <summary>
    /// Runs once for each client that has gone, after all that <see cref="OnConnected"/> added has run for it. For clients of a node that crashes it runs on
    /// another one, with <see cref="Disconnect.NodeLost"/> and what was told of them: id and user.
    /// </summary>
    /// <param name="hook">As there; and a <see cref="Disconnect"/>, which says why.</param>
    /// <exception cref="ArgumentException">It takes something else; the message is one sentence.</exception>
    public static IEndpointRouteBuilder OnDisconnected(this IEndpointRouteBuilder endpoints, Delegate hook)
    {
        HooksOf(endpoints, hook).OnDisconnected(hook);
        return endpoints;
    }

    /// <summary>Runs when a user's first connection in the cluster has come, on one of the nodes.</summary>
    /// <param name="hook">Takes, in any order, the user as a string, a <see cref="CancellationToken"/>, and services of a scope of its own.</param>
    /// <exception cref="ArgumentException">It takes something else; the message is one sentence.</exception>
    public static IEndpointRouteBuilder OnUserOnline(this IEndpointRouteBuilder endpoints, Delegate hook)
    {
        HooksOf(endpoints, hook).OnUserOnline(hook);
        return endpoints;
    }

    /// <summary>Runs when a user's last connection in the cluster has gone, and the user did not come back within <see cref="SessionOptions.Grace"/>.</summary>
    /// <inheritdoc cref="OnUserOnline"/>
    public static IEndpointRouteBuilder OnUserOffline(this IEndpointRouteBuilder endpoints, Delegate hook)
    {
        HooksOf(endpoints, hook).OnUserOffline(hook);
        return endpoints;
    }

    private static Hooks HooksOf(IEndpointRouteBuilder endpoints, Delegate hook)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(hook);
        return endpoints.ServiceProvider.GetRequiredService<Hooks>();
    }
}
