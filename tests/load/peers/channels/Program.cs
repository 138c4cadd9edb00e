// What most write by hand: one bounded channel and one sending task per connection. /sub/ROOM receives what is sent to /pub/ROOM.
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Threading.Channels;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(9020));
builder.WebHost.UseSockets(sockets => sockets.Backlog = 4_096); // as this server's, so that a storm finds both doors equally wide
var app = builder.Build();
app.UseWebSockets();
var rooms = new ConcurrentDictionary<string, ConcurrentDictionary<Channel<byte[]>, bool>>();

app.Map("/pub/{room}", async (HttpContext context, string room) =>
{
    using var socket = await context.WebSockets.AcceptWebSocketAsync();
    var subscribers = rooms.GetOrAdd(room, _ => new());
    var buffer = new byte[256 * 1024];
    var length = 0;
    while (true)
    {
        var received = await socket.ReceiveAsync(buffer.AsMemory(length), default);
        if (received.MessageType == WebSocketMessageType.Close)
        {
            break;
        }

        length += received.Count;
        if (received.EndOfMessage)
        {
            var message = buffer.AsSpan(0, length).ToArray();
            length = 0;
            foreach (var (channel, _) in subscribers)
            {
                channel.Writer.TryWrite(message);
            }
        }
    }
});

app.Map("/sub/{room}", async (HttpContext context, string room) =>
{
    using var socket = await context.WebSockets.AcceptWebSocketAsync();
    var subscribers = rooms.GetOrAdd(room, _ => new());
    var channel = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(1_024) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    subscribers[channel] = true;
    var sending = Task.Run(async () =>
    {
        await foreach (var message in channel.Reader.ReadAllAsync())
        {
            await socket.SendAsync(message, WebSocketMessageType.Text, true, default);
        }
    });
    try
    {
        var buffer = new byte[4_096];
        while ((await socket.ReceiveAsync(buffer.AsMemory(), default)).MessageType != WebSocketMessageType.Close)
        {
        }
    }
    catch (WebSocketException)
    {
    }

    subscribers.TryRemove(channel, out _);
    channel.Writer.TryComplete();
    try
    {
        await sending;
    }
    catch (WebSocketException)
    {
    }
});
app.Run();
