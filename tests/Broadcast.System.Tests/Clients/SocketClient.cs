using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Broadcast.SystemTests;

/// <summary>A WebSocket on a bare socket, which reads only when it is told to. Shares no code with the node. One caller at a time reads, one sends.</summary>
internal sealed class SocketClient : IDisposable
{
    private const string Upgrade =
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private readonly RawSocket _socket;
    private int _commands;

    private SocketClient(RawSocket socket) => _socket = socket;

    /// <summary>As the node calls it; known where envelopes are asked for.</summary>
    public string Id { get; private set; } = "";

    /// <summary>The offset after which it began; known where envelopes are asked for.</summary>
    public ulong Opened => OffsetOf(Position);

    /// <summary>Where it began; known where envelopes are asked for, and in the Centrifuge protocol.</summary>
    public string Position { get; private set; } = "";

    public RawSocket Raw => _socket;

    public bool WasReset => _socket.WasReset;

    public static async Task<SocketClient> ConnectAsync(int port, string room, string query = "", int receiveBuffer = 0)
    {
        var (socket, head) = await RawSocket.GetAsync(port, $"/rooms/{room}/socket{query}", Upgrade, receiveBuffer);
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        return new SocketClient(socket);
    }

    /// <summary>Connects and reads how it was received.</summary>
    /// <param name="query">Further parameters, each with an ampersand before it.</param>
    public static async Task<SocketClient> OpenAsync(int port, string room, string query = "", int receiveBuffer = 0)
    {
        var client = await ConnectAsync(port, room, "?envelope=1" + query, receiveBuffer);
        var open = (await client.NextAsync()).Json.GetProperty("open");
        client.Id = open.GetProperty("client").GetString()!;
        client.Position = open.GetProperty("position").GetString()!;
        return client;
    }

    /// <summary>Connects in the Centrifuge protocol, and subscribes to a room.</summary>
    /// <param name="after">The position to recover from; null begins with what comes next.</param>
    public static async Task<SocketClient> SubscribeAsync(int port, string room, string? after = null)
    {
        var (socket, head) = await RawSocket.GetAsync(port, "/connection/websocket", Upgrade, 0);
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        var client = new SocketClient(socket);
        await client.SendTextAsync("""{"id":1,"connect":{}}""");
        Assert.True((await client.NextAsync()).Json.TryGetProperty("connect", out _));
        var recover = after is null ? "" : $""","recover":true,"offset":{OffsetOf(after)},"epoch":"{EpochOf(after)}" """;
        await client.SendTextAsync($$"""{"id":2,"subscribe":{"channel":"{{room}}"{{recover}} } }""");
        var reply = (await client.NextAsync()).Json.GetProperty("subscribe");
        var offset = reply.TryGetProperty("offset", out var at) ? at.GetUInt64() : 0;
        client.Position = $"{offset}.{reply.GetProperty("epoch").GetString()}";
        Assert.Equal(after ?? client.Position, client.Position);
        return client;
    }

    /// <summary>Of a position <c>offset.epoch</c>.</summary>
    public static string EpochOf(string position) => position[(position.IndexOf('.', StringComparison.Ordinal) + 1)..];

    /// <summary>Of a position <c>offset.epoch</c>.</summary>
    public static ulong OffsetOf(JsonElement position) => OffsetOf(position.GetString()!);

    public static ulong OffsetOf(string position) => ulong.Parse(position.AsSpan(0, position.IndexOf('.', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    /// <summary>The next message or close frame; pings are answered on the way. Null at the end.</summary>
    public async ValueTask<SocketMessage?> ReadAsync()
    {
        while (true)
        {
            if (TryTakeFrame(out var message))
            {
                if (message.Opcode != 9)
                {
                    return message;
                }

                await SendAsync(10, message.Payload);
            }
            else if (!await _socket.FillAsync())
            {
                return null;
            }
        }
    }

    /// <summary>The next message or close frame, which must come.</summary>
    public async Task<SocketMessage> NextAsync() =>
        await Until.DoneAsync(ReadAsync().AsTask(), () => "The client is given nothing more.") ?? throw new IOException("The connection ended.");

    public ValueTask SendTextAsync(ReadOnlyMemory<byte> text) => SendAsync(SocketMessage.Text, text);

    public ValueTask SendTextAsync(string text) => SendTextAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Pauses or resumes, and reads up to the answer.</summary>
    /// <param name="command"><c>pause</c> or <c>resume</c>.</param>
    public async Task CommandAsync(string command)
    {
        var id = ++_commands;
        await SendTextAsync($$"""{"id":{{id}},"{{command}}":true}""");
        var answer = (await NextAsync()).Json;
        Assert.True(answer.TryGetProperty("id", out var answered) && answered.GetInt32() == id && answer.TryGetProperty("result", out _), answer.ToString());
    }

    /// <summary>Says goodbye and waits for the answer.</summary>
    public async Task CloseAsync()
    {
        await SendAsync(SocketMessage.Close, new byte[] { 1000 >> 8, 1000 & 0xff });
        while (await ReadAsync() is { Opcode: not SocketMessage.Close })
        {
        }

        Dispose();
    }

    public void Reset() => _socket.Reset();

    public void Dispose() => _socket.Dispose();

    /// <summary>One frame, masked with zeros, which masks as well as anything where nothing has to be hidden.</summary>
    private async ValueTask SendAsync(int opcode, ReadOnlyMemory<byte> payload)
    {
        var header = payload.Length <= 125 ? 2 : 4;
        var frame = new byte[header + 4 + payload.Length];
        frame[0] = (byte)(0x80 | opcode);
        frame[1] = (byte)(0x80 | (header == 2 ? payload.Length : 126));
        if (header == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), checked((ushort)payload.Length));
        }

        payload.CopyTo(frame.AsMemory(header + 4));
        await _socket.SendAsync(frame);
    }

    private bool TryTakeFrame(out SocketMessage message)
    {
        message = default;
        var bytes = _socket.Unread;
        if (bytes.Length < 2)
        {
            return false;
        }

        var span = bytes.Span;
        var header = (span[1] & 0x7f) switch { 126 => 4, 127 => 10, _ => 2 };
        if (bytes.Length < header)
        {
            return false;
        }

        var length = header switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(span[2..]),
            10 => checked((int)BinaryPrimitives.ReadUInt64BigEndian(span[2..])),
            _ => span[1],
        };
        if (bytes.Length < header + length)
        {
            return false;
        }

        // A server's frames are whole messages without a mask, here.
        if ((span[0] & 0xf0) != 0x80)
        {
            Assert.Fail($"The frame begins with {span[0]:x2}, which is not that of a whole message.");
        }

        message = new SocketMessage(span[0] & 0x0f, bytes.Slice(header, length));
        _socket.Take(header + length);
        return true;
    }
}
