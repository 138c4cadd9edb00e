using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>Puts a node into an ASP.NET Core application.</summary>
public static class BroadcastHosting
{
    /// <summary>What may be read may be asked for its headers only (RFC 9110, 9.3.2); streams aside, which have no end.</summary>
    private static readonly string[] s_read = ["GET", "HEAD"];

    /// <summary>Adds the node. Its settings are the section <c>Broadcast</c>; they are checked when the application starts.</summary>
    /// <param name="configure">Sets what code knows better; it has the last word.</param>
    public static TBuilder AddBroadcast<TBuilder>(this TBuilder builder, Action<BroadcastOptions>? configure = null)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddBroadcast(builder.Configuration, configure);
        return builder;
    }

    /// <inheritdoc cref="AddBroadcast{TBuilder}"/>
    /// <param name="configuration">The application's whole.</param>
    public static IServiceCollection AddBroadcast(this IServiceCollection services, IConfiguration configuration, Action<BroadcastOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<BroadcastOptions>().ValidateOnStart();
        services.AddSingleton<IConfigureOptions<BroadcastOptions>>(new SettingsBinding(configuration.GetSection(BroadcastOptions.Section)));
        services.AddSingleton<IValidateOptions<BroadcastOptions>, OptionsCheck>();
        services.AddSingleton<IValidateOptions<BroadcastOptions>, CredentialsCheck>();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        // Its lines at Information quote whole addresses, and ?token= is in some. A rule for one provider still wins over this one.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning));
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IBackplane>(p =>
            new LocalBackplane(Options(p).Memory, Rules(p), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new Hub(
            Options(p).Hub, p.GetRequiredService<IBackplane>(), Rules(p), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<Hub>>(), p.GetService<EventLoops>()));
        services.AddSingleton(p =>
            new Cluster(p.GetRequiredService<Hub>(), Options(p).Node, Options(p).Cluster, p.GetRequiredService<ILogger<Cluster>>()));
        services.AddSingleton(p =>
            new Feeds(p.GetRequiredService<Hub>(), Options(p).Feeds, p.GetRequiredService<ILogger<Feeds>>(), p.GetService<IFeedEngine>()));
        services.AddSingleton<Access>();
        services.AddSingleton<UserLimit>();
        services.AddSingleton<Tokens>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<Callers>();
        services.AddSingleton<PublishRates>();
        services.AddSingleton<Origins>();
        services.AddSingleton<Operators>();
        services.AddSingleton<Joining>();
        services.AddSingleton<HandlerPool>();
        services.AddSingleton<Handlers>();
        services.AddSingleton<Hooks>();
        services.AddSingleton<MeantHistory>();
        services.AddSingleton<ClientHooks>();
        services.AddSingleton<IBroadcaster, Broadcaster>();
        services.AddSingleton<IConnections, Connections>();
        services.AddSingleton<TransportMetrics>();
        services.AddSingleton<SocketLife>();
        services.AddSingleton<SocketEndpoint>();
        services.AddSingleton<CentrifugeContext>();
        services.AddSingleton<CentrifugeEndpoint>();
        services.AddSingleton<EventsEndpoint>();
        services.AddSingleton<MessagesEndpoint>();
        services.AddSingleton<Posting>();
        services.AddSingleton<BroadcastEndpoint>();
        services.AddSingleton<PresenceEndpoint>();
        services.AddSingleton<MembersEndpoint>();
        services.AddSingleton<OperatorEndpoints>();
        services.AddSingleton<ApiMethods>();
        services.AddSingleton<ApiEndpoint>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<MetricsEndpoint>();
        services.AddSingleton<PageEndpoint>();
        services.AddSingleton<StopDeadline>();
        services.AddSingleton<IHostedService, NodeLifetime>();
        services.AddPace();
        services.AddSingleton<IStartupFilter, LastRequests>();
        services.AddSingleton<IConfigureOptions<HostOptions>, ShutdownCheck>();
        services.AddSingleton<IValidateOptions<HostOptions>, ShutdownCheck>();

        // Kestrel's own endpoints, however they are configured, let event loops send on their sockets.
        services.Configure<KestrelServerOptions>(o => o.ConfigureEndpointDefaults(e => e.UseDirectSockets()));
        services.AddOptions<SocketTransportOptions>().Configure<IOptions<BroadcastOptions>>((sockets, node) => sockets.Backlog = node.Value.Backlog);
        return services;
    }

    /// <summary>Puts another backplane in the place of the one in memory.</summary>
    /// <param name="make">Makes it; gets the services, and what says the rule of a room.</param>
    public static TBuilder AddBackplane<TBuilder>(this TBuilder builder, Func<IServiceProvider, Func<string, RoomRule>, IBackplane> make)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddBackplane(make);
        return builder;
    }

    /// <inheritdoc cref="AddBackplane{TBuilder}"/>
    public static IServiceCollection AddBackplane(this IServiceCollection services, Func<IServiceProvider, Func<string, RoomRule>, IBackplane> make)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.Replace(ServiceDescriptor.Singleton(provider => make(provider, Rules(provider))));
    }

    /// <summary>Maps the node's paths, but for the page at <c>/</c>.</summary>
    public static IEndpointRouteBuilder MapBroadcast(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var sockets = services.GetRequiredService<SocketEndpoint>();
        var events = services.GetRequiredService<EventsEndpoint>();
        var messages = services.GetRequiredService<MessagesEndpoint>();
        var operators = services.GetRequiredService<OperatorEndpoints>();
        var members = services.GetRequiredService<MembersEndpoint>();
        var health = services.GetRequiredService<HealthEndpoints>();
        var origins = services.GetRequiredService<Origins>();

        // CONNECT is how HTTP/2 opens a WebSocket.
        endpoints.MapMethods("/rooms/{room}/socket", ["GET", "CONNECT"], sockets.ServeAsync);
        endpoints.MapMethods("/connection/websocket", ["GET", "CONNECT"], services.GetRequiredService<CentrifugeEndpoint>().ServeAsync);
        endpoints.MapGet("/rooms/{room}/events", events.ServeRoomAsync);
        endpoints.MapGet("/events", events.ServeRoomsAsync);
        endpoints.MapPost("/rooms/{room}/messages", messages.PublishAsync);
        endpoints.MapMethods("/rooms/{room}/messages", s_read, messages.ReadAsync);
        endpoints.MapPost("/broadcast", services.GetRequiredService<BroadcastEndpoint>().PublishAsync);
        endpoints.MapMethods("/rooms/{room}/presence", s_read, services.GetRequiredService<PresenceEndpoint>().ServeAsync);
        endpoints.MapPost("/rooms/{room}/members", members.JoinAsync);
        endpoints.MapDelete("/rooms/{room}/members", members.LeaveAsync);
        endpoints.MapPost("/api/{method}", services.GetRequiredService<ApiEndpoint>().ServeAsync);
        endpoints.MapMethods("/nodes", s_read, operators.NodesAsync);
        endpoints.MapMethods("/sources", s_read, operators.SourcesAsync);
        endpoints.MapMethods("/connections/{client}", s_read, operators.ConnectionAsync);
        endpoints.MapPost("/connections/{client}/pause", operators.PauseAsync);
        endpoints.MapPost("/connections/{client}/resume", operators.ResumeAsync);
        endpoints.MapGet("/metrics", services.GetRequiredService<MetricsEndpoint>().ServeAsync);
        endpoints.MapMethods("/health/live", s_read, HealthEndpoints.LiveAsync);
        endpoints.MapMethods("/health/ready", s_read, health.ReadyAsync);
        foreach (var path in (string[])[
            "/rooms/{room}/events", "/events", "/rooms/{room}/messages", "/broadcast", "/rooms/{room}/presence",
            "/rooms/{room}/members", "/api/{method}", "/nodes", "/sources", "/connections/{client}", "/connections/{client}/pause", "/connections/{client}/resume"])
        {
            endpoints.MapMethods(path, ["OPTIONS"], context =>
            {
                origins.AnswerPreflight(context);
                return Task.CompletedTask;
            });
        }

        return endpoints;
    }

    /// <summary>Maps the page at <c>/</c>, which shows the node at work.</summary>
    public static IEndpointRouteBuilder MapBroadcastPage(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var page = endpoints.ServiceProvider.GetRequiredService<PageEndpoint>();
        endpoints.MapMethods("/", s_read, page.ServeIndexAsync);
        endpoints.MapMethods("/page/{part}", s_read, page.ServePartAsync);
        return endpoints;
    }

    private static BroadcastOptions Options(IServiceProvider services) => services.GetRequiredService<IOptions<BroadcastOptions>>().Value;

    private static Func<string, RoomRule> Rules(IServiceProvider services)
    {
        var (access, mailboxes) = (services.GetRequiredService<Access>(), Options(services).Hub.Mailboxes);
        return room => mailboxes.RuleOf(room) ?? access.RuleOf(room).Rule;
    }
}
