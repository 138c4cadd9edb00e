using System.Text;

namespace Broadcast.SystemTests;

/// <summary>A stream of server-sent events on a bare socket.</summary>
internal sealed class EventClient : IDisposable
{
    private readonly RawSocket _socket;

    private EventClient(RawSocket socket) => _socket = socket;

    /// <summary>Where it began.</summary>
    public string Position { get; private set; } = "";

    /// <summary>Connects and reads the opening, after which it is in its room.</summary>
    /// <param name="query">With its question mark.</param>
    public static async Task<EventClient> OpenAsync(int port, string room, string query = "")
    {
        var (socket, head) = await RawSocket.GetAsync(port, $"/rooms/{room}/events{query}", "Accept: text/event-stream\r\n", 0);
        Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
        var client = new EventClient(socket);
        var opening = await client.ReadAsync();
        Assert.Contains("retry: ", opening, StringComparison.Ordinal);
        client.Position = FieldOf(opening!, "id")!;
        return client;
    }

    /// <returns>What stands after a name in an event, or null.</returns>
    public static string? FieldOf(string @event, string name) =>
        @event.Split('\n').FirstOrDefault(l => l.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..];

    /// <summary>The next event, with the sizes of chunks around it. Null at the end.</summary>
    public ValueTask<string?> ReadAsync() => _socket.ReadToAsync(Encoding.ASCII.GetBytes("\n\n"));

    public void Reset() => _socket.Reset();

    public void Dispose() => _socket.Dispose();
}
