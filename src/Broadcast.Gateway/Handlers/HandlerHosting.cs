using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway;

/// <summary>Adds an application's handlers.</summary>
public static class HandlerHosting
{
    /// <summary>Answers requests of one name: the <c>rpc</c> of the Centrifuge protocol, and of plain sockets with envelopes.</summary>
    /// <param name="name">What clients call it by: 1 to 128 bytes.</param>
    /// <param name="handler">
    /// Takes, in any order, an <see cref="IConnection"/>, a <see cref="CancellationToken"/>, services of a scope of its own, and at most one other type, which is read
    /// from the client's JSON and held to its data annotations. It returns nothing, or what is answered as JSON, either also in a task. It may throw a
    /// <see cref="RequestException"/>, which the client is told; of any other exception it is told only where to find it in the log.
    /// </param>
    /// <exception cref="ArgumentException">Name or handler are not good, or there is one of that name; the message is one sentence.</exception>
    public static HandlerBuilder On(this IEndpointRouteBuilder endpoints, string name, Delegate handler)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(handler);
        return endpoints.ServiceProvider.GetRequiredService<Handlers>().Add(name, handler);
    }
}
