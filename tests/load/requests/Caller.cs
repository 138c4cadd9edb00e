using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;

namespace Broadcast.Load;

/// <summary>A client with one request under way. One task uses it at a time, but for <see cref="Measure"/> and <see cref="Measured"/>.</summary>
internal sealed class Caller(int number, string frame, int payload) : IDisposable
{
    private readonly byte[] _frame = Encoding.UTF8.GetBytes(frame.Replace("{p}", new string('x', payload), StringComparison.Ordinal));
    private readonly int _at = Encoding.UTF8.GetByteCount(frame[..frame.IndexOf("{p}", StringComparison.Ordinal)]);
    private readonly byte[] _buffer = new byte[8 << 10];
    private readonly ClientWebSocket _socket = new();
    private readonly Lock _gate = new();
    private List<TimeSpan> _times = [];

    public async Task ConnectAsync(Uri url, string hello)
    {
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        await _socket.ConnectAsync(url, CancellationToken.None);
        if (hello.Length > 0)
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(hello), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }

        await ReadAsync();
    }

    /// <summary>Asks until it is told to end.</summary>
    /// <exception cref="InvalidOperationException">The server ended the connection.</exception>
    public async Task AskAsync(CancellationToken end)
    {
        for (long request = 0; !end.IsCancellationRequested; request++)
        {
            var payload = Payload(request);
            var began = Stopwatch.GetTimestamp();
            await _socket.SendAsync(_frame, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            while ((await ReadAsync()).Span.IndexOf(payload.Span) < 0)
            {
                // Something else that the server says from time to time.
            }

            lock (_gate)
            {
                _times.Add(Stopwatch.GetElapsedTime(began));
            }
        }
    }

    /// <summary>Forgets what was until now.</summary>
    public void Measure() => Measured();

    /// <returns>How long each request took since it was asked last.</returns>
    public IReadOnlyList<TimeSpan> Measured()
    {
        lock (_gate)
        {
            var times = _times;
            _times = new(times.Count);
            return times;
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>No two requests have the same.</summary>
    private Memory<byte> Payload(long request)
    {
        var memory = _frame.AsMemory(_at, payload);
        Encoding.ASCII.GetBytes($"{number} {request} ", memory.Span);
        return memory;
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        var read = await _socket.ReceiveAsync(_buffer.AsMemory(), CancellationToken.None);
        return read is { EndOfMessage: true, MessageType: WebSocketMessageType.Text }
            ? _buffer.AsMemory(0, read.Count)
            : throw new InvalidOperationException($"Client {number} got no whole message but {read.MessageType} {_socket.CloseStatus} {_socket.CloseStatusDescription}.");
    }
}
