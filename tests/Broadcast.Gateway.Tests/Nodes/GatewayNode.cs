using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Broadcast.Gateway.Tests;

/// <summary>A node of its own for one test, and clients that reach it in one way. Every room is open to everybody unless settings say otherwise.</summary>
internal sealed class GatewayNode : IAsyncDisposable
{
    /// <summary>Faults of the node's own, and requests that ended in an exception.</summary>
    private static readonly int[] s_faults = [1, 5, 6, 102, 103];

    private static readonly Lazy<X509Certificate2> s_certificate = new(MakeCertificate);

    private readonly List<IDisposable> _clients = [];
    private bool _stopped;

    private GatewayNode(WebApplication app, Way way, RecordingLogger log, ActiveRequests active)
    {
        (App, Way, Log, Active) = (app, way, log, active);
        Hub = app.Services.GetRequiredService<Hub>();
        Transports = app.Services.GetRequiredService<TransportMetrics>();
        BaseAddress = way == Way.InMemory ? new Uri("http://localhost") : new Uri(app.Urls.Single());
        Http = way == Way.InMemory ? app.GetTestServer().CreateClient() : Client();
    }

    public static Dictionary<string, string?> Open => new()
    {
        ["Broadcast:Rooms:0:Name"] = "*",
        ["Broadcast:Rooms:0:Subscribe"] = "Anyone",
        ["Broadcast:Rooms:0:Publish"] = "Anyone",
        ["Broadcast:Rooms:0:Presence"] = "Anyone",
        ["Broadcast:Operators"] = "Anyone",
        ["Broadcast:Hub:EventLoops"] = "2",

        // However busy the machine is, nothing happens that a test does not ask for.
        ["Broadcast:Hub:Connections:Heartbeat"] = "01:00:00",
        ["Broadcast:Hub:Views:Timeout"] = "00:02:00",
        ["Broadcast:Hub:Receipts:Wait"] = "00:01:00",
        ["Broadcast:Cluster:CallTimeout"] = "00:02:00",
        ["Broadcast:ConnectTimeout"] = "00:10:00",
        ["Broadcast:Handlers:StopTimeout"] = "00:02:00",
        ["Broadcast:Hooks:StopTimeout"] = "00:02:00",
    };

    public WebApplication App { get; }

    public Way Way { get; }

    public RecordingLogger Log { get; }

    public Hub Hub { get; }

    public TransportMetrics Transports { get; }

    public Uri BaseAddress { get; }

    public HttpClient Http { get; }

    public ActiveRequests Active { get; }

    /// <summary>Faults are part of the test, and not looked for at its end.</summary>
    public bool ExpectsFaults { get; set; }

    public IPEndPoint EndPoint => new(IPAddress.Loopback, BaseAddress.Port);

    /// <param name="settings">Added to <see cref="Open"/>; null takes a setting out of it.</param>
    /// <param name="map">What the application around the node adds.</param>
    public static async Task<GatewayNode> StartAsync(
        Way way = Way.Direct, Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null, Action<WebApplication>? map = null)
    {
        var log = new RecordingLogger();
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { EnvironmentName = "Production", ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        var all = Open;
        foreach (var (key, value) in settings ?? [])
        {
            all.Remove(key);
            if (value is not null)
            {
                all[key] = value;
            }
        }

        builder.Configuration.AddInMemoryCollection(all);
        builder.Logging.ClearProviders().AddProvider(new RecordingProvider(log));
        services?.Invoke(builder.Services);
        builder.AddBroadcast();
        if (way == Way.InMemory)
        {
            builder.WebHost.UseTestServer();
        }
        else
        {
            builder.WebHost.ConfigureKestrel(o => Listen(o, way));
        }

        var app = builder.Build();
        var active = new ActiveRequests();
        app.Use(active.CountAsync);
        app.MapBroadcast();
        app.MapBroadcastPage();
        map?.Invoke(app);
        await app.StartAsync();
        return new GatewayNode(app, way, log, active);
    }

    public Uri Address(string path) => new(BaseAddress, path);

    /// <summary>Publishes past all paths, as a source would.</summary>
    public async Task<StreamPosition> PublishAsync(string room, string text)
    {
        var result = await Hub.PublishAsync(room, new Publication(System.Text.Encoding.UTF8.GetBytes(text), ContentKind.Text));
        Assert.True(result.IsAccepted, result.Reason);
        return result.Position;
    }

    public Task<ClientSocket> SocketAsync(string room, string query = "", int? receiveBuffer = null) =>
        UpgradeAsync($"/rooms/{Uri.EscapeDataString(room)}/socket{query}", receiveBuffer);

    /// <summary>A client of the Centrifuge protocol that has said nothing yet.</summary>
    public Task<ClientSocket> CentrifugeAsync() => UpgradeAsync("/connection/websocket");

    /// <summary>An envelope socket whose opening was read.</summary>
    public async Task<ClientSocket> EnvelopeAsync(string room, string query = "", int? receiveBuffer = null)
    {
        var socket = await SocketAsync(room, $"?envelope=1{query}", receiveBuffer);
        await socket.ReadOpeningAsync();
        return socket;
    }

    public async Task<ClientEvents> EventsAsync(string path, string? lastEventId = null)
    {
        // A client of its own, so that leaving it ends its connection.
        var http = Way == Way.InMemory ? App.GetTestServer().CreateClient() : Client();
        Keep(http);
        using var request = Request(HttpMethod.Get, path);
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Wait.Patience);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode}");
        var events = new ClientEvents(response, await response.Content.ReadAsStreamAsync());
        Keep(events);
        return events;
    }

    public Task<HttpResponseMessage> PostAsync(string room, string body, string contentType = "text/plain", string query = "") =>
        PostAsync(room, System.Text.Encoding.UTF8.GetBytes(body), contentType, query);

    public async Task<HttpResponseMessage> PostAsync(string room, byte[] body, string? contentType, string query = "")
    {
        using var request = Request(HttpMethod.Post, $"/rooms/{Uri.EscapeDataString(room)}/messages{query}");
        request.Content = new ByteArrayContent(body);
        if (contentType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        return await Http.SendAsync(request).WaitAsync(Wait.Patience);
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = Request(method, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Wait.Patience);
    }

    /// <summary>Returns when so many are each in its event loop; before that, nothing is sent to who is found already.</summary>
    public Task CameAsync(int count) => Wait.UntilAsync(() => Hub.Loops.Sum(l => l.ConnectionCount) == count, $"{count} clients are there");

    public Task AllGoneAsync() => Wait.UntilAsync(() => Hub.ConnectionCount == 0, "every client has gone");

    /// <summary>Throws it away as a process that ends badly would: without stopping it first.</summary>
    public async Task DropAsync()
    {
        _stopped = true;
        await App.DisposeAsync().AsTask().WaitAsync(Wait.Patience);
    }

    public async Task StopAsync()
    {
        _stopped = true;
        await App.StopAsync().WaitAsync(Wait.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        Http.Dispose();
        if (!_stopped)
        {
            await StopAsync();
        }

        await App.DisposeAsync().AsTask().WaitAsync(Wait.Patience);
        if (!ExpectsFaults)
        {
            Assert.DoesNotContain(Log.Lines, l => s_faults.Contains(l.Event.Id) || l.Text.Contains("unhandled exception", StringComparison.Ordinal));
        }
    }

    private async Task<ClientSocket> UpgradeAsync(string path, int? receiveBuffer = null)
    {
        var uri = Address(path);
        var patience = new CancellationTokenSource(Wait.Patience);
        WebSocket socket;
        if (Way == Way.InMemory)
        {
            socket = await App.GetTestServer().CreateWebSocketClient().ConnectAsync(uri, patience.Token);
        }
        else
        {
            var client = new ClientWebSocket();
            var (version, policy) = Way == Way.Http2
                ? (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact)
                : (HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact);
            (client.Options.HttpVersion, client.Options.HttpVersionPolicy) = (version, policy);
            client.Options.KeepAliveInterval = TimeSpan.Zero;
            var invoker = new HttpMessageInvoker(Handler(receiveBuffer));
            Keep(invoker);
            await client.ConnectAsync(new UriBuilder(uri) { Scheme = uri.Scheme == "https" ? "wss" : "ws" }.Uri, invoker, patience.Token);
            socket = client;
        }

        Keep(socket);
        return new ClientSocket(socket);
    }

    private static void Listen(KestrelServerOptions options, Way way)
    {
        if (way == Way.Pipe)
        {
            // Takes back what AddBroadcast says of endpoints.
            options.ConfigureEndpointDefaults(_ => { });
        }

        options.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            endpoint.Protocols = way == Way.Http2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
            if (way is Way.Tls or Way.Http2)
            {
                endpoint.UseHttps(s_certificate.Value);
            }
        });
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private static SocketsHttpHandler Handler(int? receiveBuffer = null)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == s_certificate.Value.GetCertHashString();
        if (receiveBuffer is { } size)
        {
            handler.InitialHttp2StreamWindowSize = 65_535;
            handler.ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = size, NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        return handler;
    }

    private static HttpClient Client() => new(Handler()) { Timeout = Timeout.InfiniteTimeSpan };

    private HttpRequestMessage Request(HttpMethod method, string path) => new(method, Address(path))
    {
        Version = Way == Way.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private void Keep(IDisposable client)
    {
        lock (_clients)
        {
            _clients.Add(client);
        }
    }
}
