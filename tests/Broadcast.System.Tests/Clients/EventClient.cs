using System.Text;

namespace Broadcast.SystemTests;

/// <summary>A stream of server-sent events on a bare socket.</summary>
internal sealed class EventClient : IDisposable
{
    private readonly RawSocket _socket;

    private EventClient(RawSocket socket) => _socket = socket;

    /// <summary>Connects and reads the opening, after which it is in its room.</summary>
    public static async Task<EventClient> OpenAsync(int port, string room)
    {
        var (socket, head) = await RawSocket.GetAsync(port, $"/rooms/{room}/events", "Accept: text/event-stream\r\n", 0);
        Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
        var opening = await socket.ReadToAsync(Encoding.ASCII.GetBytes("\n\n"));
        Assert.Contains("retry: ", opening, StringComparison.Ordinal);
        return new EventClient(socket);
    }

    public void Reset() => _socket.Reset();

    public void Dispose() => _socket.Dispose();
}
