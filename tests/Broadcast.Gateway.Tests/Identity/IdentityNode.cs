using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Broadcast.Gateway.Tests;

/// <summary>A node in memory with a clock that stands still, and clients that prove who they are, or do not.</summary>
internal sealed class IdentityNode : IAsyncDisposable
{
    public const string ApiKey = "an-api-key-of-24-letters";

    /// <summary>Says to the application around the node who a request comes from, as its authentication would find out.</summary>
    public const string UserHeader = "Test-User";

    /// <summary>As a proxy says it: the client is not this machine itself.</summary>
    public static readonly (string Name, string Value) Remote = ("X-Forwarded-For", "192.0.2.1");

    private IdentityNode(WebApplication app, ManualTime time, EveryLine log) =>
        (App, Time, Log, Hub, Http) = (app, time, log, app.Services.GetRequiredService<Hub>(), app.GetTestServer().CreateClient());

    public WebApplication App { get; }

    public ManualTime Time { get; }

    public EveryLine Log { get; }

    public Hub Hub { get; }

    public HttpClient Http { get; }

    /// <summary>Keys with which <see cref="SignedToken.Of"/> and <see cref="ApiKey"/> are good.</summary>
    public static Dictionary<string, string?> Keys => new()
    {
        ["Broadcast:Tokens:Keys:0:Algorithm"] = "HS256",
        ["Broadcast:Tokens:Keys:0:Secret"] = SignedToken.Secret,
        ["Broadcast:ApiKeys:0:Name"] = "orders",
        ["Broadcast:ApiKeys:0:Key"] = ApiKey,
        ["Broadcast:Hub:EventLoops"] = "1",
    };

    /// <summary>Every room is open to who is signed in.</summary>
    public static Dictionary<string, string?> OpenToSignedIn(string who = "SignedIn") => new(Keys)
    {
        ["Broadcast:Rooms:0:Name"] = "*",
        ["Broadcast:Rooms:0:Subscribe"] = who,
        ["Broadcast:Rooms:0:Publish"] = who,
        ["Broadcast:Rooms:0:Presence"] = who,
        ["Broadcast:Operators"] = who,
    };

    /// <param name="map">What the application around the node adds.</param>
    public static async Task<IdentityNode> StartAsync(
        Dictionary<string, string?>? settings = null, string environment = "Production", Action<IServiceCollection>? services = null, Action<WebApplication>? map = null)
    {
        var (time, log) = (new ManualTime(), new EveryLine());
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { EnvironmentName = environment, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(settings ?? OpenToSignedIn());
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(log);
        builder.Services.AddSingleton<TimeProvider>(time);
        services?.Invoke(builder.Services);
        builder.AddBroadcast();
        builder.WebHost.UseTestServer();
        var app = builder.Build();
        app.Use((context, next) =>
        {
            if (context.Request.Headers.TryGetValue(UserHeader, out var user))
            {
                context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, user.ToString())], "test"));
            }

            return next(context);
        });
        app.MapBroadcast();
        map?.Invoke(app);
        await app.StartAsync();
        return new IdentityNode(app, time, log);
    }

    public static (string Name, string Value) Bearer(string token) => ("Authorization", $"Bearer {token}");

    /// <summary>Sends a request; of a stream, it is answered when that begins.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (method == HttpMethod.Post)
        {
            request.Content = new StringContent("hello");
        }

        return await SendAsync(request);
    }

    public async Task<HttpResponseMessage> BroadcastAsync(string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/broadcast") { Content = new StringContent(body) };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await SendAsync(request);
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, headers);

    public Task<HttpResponseMessage> PostAsync(string room, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, $"/rooms/{room}/messages", headers);

    /// <returns>The socket, or the status the request was refused with.</returns>
    public async Task<(WebSocket? Socket, int Status)> ConnectAsync(string path, params (string Name, string Value)[] headers)
    {
        var client = App.GetTestServer().CreateWebSocketClient();
        client.ConfigureRequest = request =>
        {
            foreach (var (name, value) in headers)
            {
                request.Headers[name] = value;
            }
        };
        try
        {
            return (await client.ConnectAsync(new Uri(Http.BaseAddress!, path), CancellationToken.None).WaitAsync(Wait.Patience), 101);
        }
        catch (InvalidOperationException e) when (e.Message.Contains("status code: ", StringComparison.Ordinal))
        {
            return (null, int.Parse(e.Message.AsSpan(e.Message.IndexOf("status code: ", StringComparison.Ordinal) + 13), provider: null));
        }
    }

    public async Task<WebSocket> SocketAsync(string path, params (string Name, string Value)[] headers)
    {
        var (socket, status) = await ConnectAsync(path, headers);
        Assert.True(socket is not null, $"{path} was refused with {status}.");
        return socket;
    }

    public static Task SendAsync(WebSocket socket, string text) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    /// <returns>The next message, or <c>close CODE REASON</c>.</returns>
    public static async Task<string> ReadAsync(WebSocket socket)
    {
        var buffer = new byte[16 << 10];
        var read = await socket.ReceiveAsync(buffer, CancellationToken.None).WaitAsync(Wait.Patience);
        return read.MessageType == WebSocketMessageType.Close
            ? $"close {(int)socket.CloseStatus!} {socket.CloseStatusDescription}"
            : Encoding.UTF8.GetString(buffer, 0, read.Count);
    }

    /// <summary>Sends a command, and reads on to its answer.</summary>
    public static async Task<JsonElement> AskAsync(WebSocket socket, string command)
    {
        await SendAsync(socket, command);
        while (true)
        {
            var said = JsonSerializer.Deserialize<JsonElement>(await ReadAsync(socket));
            if (said.TryGetProperty("id", out _))
            {
                return said;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        var stopping = App.StopAsync();
        while (!stopping.IsCompleted)
        {
            // It waits for its clients by the clock that stands still.
            Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(stopping, Task.Delay(5));
        }

        await stopping;
        await App.DisposeAsync();
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) =>
        Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).WaitAsync(Wait.Patience);

    /// <summary>Keeps all that is logged, of whatever level and category. Any thread may log.</summary>
    internal sealed class EveryLine : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
