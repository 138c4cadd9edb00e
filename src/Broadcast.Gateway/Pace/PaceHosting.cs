using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>Adds an application's paced broadcasters and scheduled pushes.</summary>
public static class PaceHosting
{
    /// <summary>
    /// Makes a broadcaster whose items leave at most so many a second. Wherever services are injected it is
    /// <c>[FromKeyedServices("name")] PacedBroadcaster</c>; all are listed by <see cref="PacedBroadcasters"/>.
    /// </summary>
    /// <param name="configure">Sets what the settings under <c>Broadcast:Pace</c> do not say already; it has the last word.</param>
    /// <exception cref="ArgumentException">Name or options are not good, or there is one of that name; the message is one sentence.</exception>
    public static PacedBroadcaster Broadcasts(this IEndpointRouteBuilder endpoints, string name, Action<PaceOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var options = Settings(services).Pace.Copy();
        configure?.Invoke(options);
        return services.GetRequiredService<PacedBroadcasters>().Add(name, options);
    }

    /// <summary>Computes something every 30 s and publishes it to a room, while somebody on this node is in that room.</summary>
    /// <inheritdoc cref="Push(IEndpointRouteBuilder, string, string, TimeSpan, Func{IServiceProvider, CancellationToken, Task{Publication}})"/>
    public static void Push(
        this IEndpointRouteBuilder endpoints, string name, string room, Func<IServiceProvider, CancellationToken, Task<Publication?>> compute) =>
        endpoints.Push(name, room, ScheduledPushes.DefaultEvery, compute);

    /// <summary>
    /// Computes something every so often and publishes it to a room, while somebody on this node is in that room. <see cref="ScheduledPushes"/> lists
    /// all, and attaches and detaches while the application runs.
    /// </summary>
    /// <param name="name">Shown to operators.</param>
    /// <param name="every">From 100 ms to a day.</param>
    /// <param name="compute">Gives what is published, or null for nothing this time. The services are of a scope of this tick.</param>
    /// <exception cref="ArgumentException">Name, room or interval are not good, the room has a push of that name, or there are too many; the message is one sentence.</exception>
    public static void Push(
        this IEndpointRouteBuilder endpoints, string name, string room, TimeSpan every, Func<IServiceProvider, CancellationToken, Task<Publication?>> compute)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(compute);
        var services = endpoints.ServiceProvider;
        var scopes = services.GetRequiredService<IServiceScopeFactory>();
        var result = services.GetRequiredService<ScheduledPushes>().Attach(room, name, every, async cancellation =>
        {
            await using var scope = scopes.CreateAsyncScope();
            return await compute(scope.ServiceProvider, cancellation);
        });
        if (result != AttachResult.Attached)
        {
            throw new ArgumentException(
                result == AttachResult.NameInUse
                    ? $"Room {room} has a push {name} already."
                    : $"There can be no push {name}: a node has at most {Settings(services).Pushes.MaxPushes} (Broadcast:Pushes:MaxPushes).",
                nameof(name));
        }
    }

    internal static IServiceCollection AddPace(this IServiceCollection services)
    {
        services.AddSingleton<PacedBroadcasters>();
        services.AddKeyedSingleton(KeyedService.AnyKey, (p, name) =>
            p.GetRequiredService<PacedBroadcasters>().Find((string)name!)
            ?? throw new InvalidOperationException($"There is no broadcaster {name}; app.Broadcasts(\"{name}\") makes it."));
        services.AddSingleton(p =>
            new ScheduledPushes(p.GetRequiredService<Hub>(), Settings(p).Pushes, p.GetRequiredService<ILogger<ScheduledPushes>>()));
        return services.AddSingleton<IHostedService, PaceLifetime>();
    }

    private static BroadcastOptions Settings(IServiceProvider services) => services.GetRequiredService<IOptions<BroadcastOptions>>().Value;
}
