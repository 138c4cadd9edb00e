using System.Text.Json;

namespace Broadcast.SystemTests;

/// <summary>A member that checks that each publication follows the one before: none is left out, none comes twice, none is another's.</summary>
internal sealed class Listener : IDisposable
{
    private readonly SocketClient _socket;
    private readonly Load _load;
    private readonly bool _envelope;
    private readonly int _first;
    private readonly Task<string> _listening;
    private volatile int _next;

    private Listener(SocketClient socket, Load load, bool envelope, int next)
    {
        (_socket, _load, _envelope, _first, _next) = (socket, load, envelope, next, next);
        _listening = Task.Run(ListenAsync);
    }

    /// <summary>The number it waits for.</summary>
    public int Next => _next;

    /// <summary>How the connection ended.</summary>
    public Task<string> End => _listening;

    /// <summary>Joins a room that nobody has published to yet.</summary>
    public static async Task<Listener> JoinEmptyAsync(int port, string room, Load load) =>
        new(await SocketClient.ConnectAsync(port, room), load, envelope: false, next: 0);

    /// <summary>Joins while it goes on: from its opening position on it must get everything. Number and offset differ by one.</summary>
    public static async Task<Listener> JoinAsync(int port, string room, Load load)
    {
        var socket = await SocketClient.OpenAsync(port, room);
        return new Listener(socket, load, envelope: true, next: (int)socket.Opened);
    }

    /// <summary>Goes on with a client that did not read so far.</summary>
    public static Listener GoOn(SocketClient socket, Load load) => new(socket, load, envelope: true, next: (int)socket.Opened);

    /// <summary>Waits until it has had all numbers before this one, or found one out of place.</summary>
    public async Task HasAllAsync(int count)
    {
        await Until.TrueAsync(() => _next >= count || _listening.IsCompleted, () => $"It is at {_next} and should be at {count}.");
        if (_next != count)
        {
            Assert.Fail($"It ended ({await _listening}) at {_next} and should be at {count}.");
        }
    }

    public void Reset() => _socket.Reset();

    public void Dispose() => _socket.Dispose();

    private async Task<string> ListenAsync()
    {
        while (await _socket.ReadAsync() is { } message)
        {
            if (message.Opcode == SocketMessage.Close)
            {
                _socket.Dispose();
                return $"{message.CloseCode} {message.CloseReason}";
            }

            var number = _load.Check(_envelope ? DataOf(message) : message.Payload.Span);
            if (number != _next)
            {
                Assert.Fail($"It was given {number} and should have been given {_next}; it began at {_first}, {(_envelope ? "with" : "without")} envelopes.");
            }

            _next = number + 1;
        }

        return _socket.WasReset ? "reset" : "end";
    }

    private static ReadOnlySpan<byte> DataOf(SocketMessage message)
    {
        var reader = new Utf8JsonReader(message.Payload.Span);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("data"))
            {
                reader.Read();
                return reader.ValueSpan;
            }
        }

        throw new InvalidDataException(message.String);
    }
}
