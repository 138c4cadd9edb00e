using System.Net;
using Broadcast.Gateway.Tests.Handlers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Broadcast.Gateway.Tests.Hosting;

/// <summary>Two lines put a node into any application of ASP.NET Core.</summary>
public sealed class EmbeddingTests
{
    [Fact]
    public async Task An_application_of_the_usual_kind_has_a_node_beside_its_own_paths()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production", ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddBroadcast(Open);
        await using var app = builder.Build();
        app.MapGet("/own", () => "mine");
        app.MapBroadcast();
        app.On("double", (int number) => 2 * number);
        await app.StartAsync();

        await WorksAsync(new Uri(app.Urls.Single()), "/own");
        Assert.Equal(1, app.Services.GetRequiredService<TransportMetrics>().Direct);
    }

    [Fact]
    public async Task So_does_a_host_that_maps_its_paths_while_it_starts()
    {
        using var host = new HostBuilder()
            .ConfigureWebHost(web => web
                .UseKestrel()
                .UseUrls("http://127.0.0.1:0")
                .ConfigureServices((context, services) =>
                {
                    services.AddRouting();
                    services.AddBroadcast(context.Configuration, Open);
                })
                .Configure(app => app.UseRouting().UseEndpoints(endpoints =>
                {
                    endpoints.MapGet("/own", () => "mine");
                    endpoints.MapBroadcast();
                    endpoints.On("double", (int number) => 2 * number);
                })))
            .Build();
        await host.StartAsync();

        await WorksAsync(new Uri(host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()), "/own");

        Assert.Equal(1, host.Services.GetRequiredService<TransportMetrics>().Direct);
        await host.StopAsync();
    }

    [Fact]
    public async Task Under_a_prefix_the_paths_are_the_same()
    {
        await using var node = await GatewayNode.StartAsync(map: app => app.MapGroup("/live").MapBroadcast());

        using var answer = await node.SendAsync(HttpMethod.Get, "/live/health/ready");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_application_with_defaults_of_its_own_for_endpoints_says_itself_whether_sockets_are_direct(bool direct)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production", ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddBroadcast(Open);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint =>
        {
            if (direct)
            {
                endpoint.UseDirectSockets();
            }
        }));
        await using var app = builder.Build();
        app.MapGet("/own", () => "mine");
        app.MapBroadcast();
        app.On("double", (int number) => 2 * number);
        await app.StartAsync();

        await WorksAsync(new Uri(app.Urls.Single()), "/own");
        Assert.Equal(direct ? 1 : 0, app.Services.GetRequiredService<TransportMetrics>().Direct);
    }

    private static void Open(BroadcastOptions node) => node.Rooms.Add(new RoomOptions { Name = "*", Subscribe = Who.Anyone, Publish = Who.Anyone });

    private static async Task WorksAsync(Uri address, string own)
    {
        using var http = new HttpClient();
        Assert.Equal("mine", await http.GetStringAsync(new Uri(address, own)));
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(new Uri(address, "/rooms/room/socket?envelope=1")) { Scheme = "ws" }.Uri, CancellationToken.None).WaitAsync(Wait.Patience);
        var client = new ClientSocket(socket);
        await client.ReadOpeningAsync();

        Assert.Equal("14", HandlerReply.Of(await client.AskAsync("""{"id":1,"rpc":{"method":"double","data":7}}""")).Data);
        Assert.Contains("position", (await client.AskAsync("""{"id":2,"publish":{"data":1}}""")).GetProperty("result").GetRawText(), StringComparison.Ordinal);
    }
}
