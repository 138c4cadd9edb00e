using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway;

/// <summary>Names an application's audiences.</summary>
public static class AudienceHosting
{
    /// <summary>
    /// Names those of whom something is true, so that publications can be meant for them: <c>Audience.Named("premium-or-admin")</c>. The predicate is asked when a client
    /// comes and when its session changes, on the thread that does that; whoever publishes asks nobody. The same names belong on all nodes: one that does not know
    /// an audience shows to nobody what is meant for it.
    /// </summary>
    /// <param name="name">1 to 128 bytes; a node has at most 64 of them.</param>
    /// <param name="predicate">Looks at the session and nothing else. If it throws, the client is not meant; that is logged and counted.</param>
    /// <exception cref="ArgumentException">The name is not good or taken, or there are too many; the message is one sentence.</exception>
    /// <exception cref="InvalidOperationException">The application has started.</exception>
    public static IEndpointRouteBuilder MapAudience(this IEndpointRouteBuilder endpoints, string name, Func<Session, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        endpoints.ServiceProvider.GetRequiredService<Hub>().Audiences.Add(name, predicate);
        return endpoints;
    }
}
