using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Broadcast.Gateway.Tests;

/// <summary>A client that sends any bytes, and sees every byte that comes.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    private readonly NetworkStream _stream;
    private readonly CancellationTokenSource _patience = new(Wait.Patience);

    private RawClient(Socket socket)
    {
        (Socket, _stream) = (socket, new NetworkStream(socket, ownsSocket: true));
    }

    public Socket Socket { get; }

    public static async Task<RawClient> ConnectAsync(IPEndPoint to, int? receiveBuffer = null)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        if (receiveBuffer is { } size)
        {
            socket.ReceiveBufferSize = size;
        }

        await socket.ConnectAsync(to).WaitAsync(Wait.Patience);
        return new RawClient(socket);
    }

    /// <summary>A WebSocket that is open.</summary>
    public static async Task<RawClient> OpenAsync(GatewayNode node, string path, int? receiveBuffer = null)
    {
        var client = await ConnectAsync(node.EndPoint, receiveBuffer);
        await client.SendAsync(Upgrade(path));
        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        return client;
    }

    public static string Upgrade(string path, string headers = "Connection: Upgrade\r\nUpgrade: websocket\r\n", string version = "13", string key = Key) =>
        $"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Sec-WebSocket-Version: {version}\r\nSec-WebSocket-Key: {key}\r\n\r\n";

    /// <summary>A frame as clients send it, masked unless said otherwise.</summary>
    public static byte[] Frame(int flagsAndOpcode, ReadOnlySpan<byte> payload, bool masked = true)
    {
        var frame = new List<byte> { (byte)flagsAndOpcode };
        var mask = masked ? 0x80 : 0;
        if (payload.Length <= 125)
        {
            frame.Add((byte)(mask | payload.Length));
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            frame.AddRange([(byte)(mask | 126), (byte)(payload.Length >> 8), (byte)payload.Length]);
        }
        else
        {
            var length = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
            frame.AddRange([(byte)(mask | 127), .. length]);
        }

        byte[] key = [1, 2, 3, 4];
        frame.AddRange(masked ? key : []);
        for (var i = 0; i < payload.Length; i++)
        {
            frame.Add(masked ? (byte)(payload[i] ^ key[i & 3]) : payload[i]);
        }

        return [.. frame];
    }

    public static byte[] Frame(int flagsAndOpcode, string text) => Frame(flagsAndOpcode, Encoding.UTF8.GetBytes(text));

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await _stream.WriteAsync(bytes, _patience.Token);

    public async Task<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes, _patience.Token);
        return bytes;
    }

    /// <returns>The status line and headers, with the blank line after them.</returns>
    public async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            head.Append((char)(await ReadAsync(1))[0]);
        }

        return head.ToString();
    }

    /// <returns>The next frame of the server, which is never masked nor fragmented.</returns>
    public async Task<(Opcode Opcode, byte[] Payload)> ReadFrameAsync()
    {
        var start = await ReadAsync(2);
        Assert.Equal(0x80, start[0] & 0xF0);
        var length = start[1] switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2)),
            127 => (int)BinaryPrimitives.ReadUInt64BigEndian(await ReadAsync(8)),
            var small => small,
        };
        return ((Opcode)(start[0] & 0x0F), await ReadAsync(length));
    }

    /// <returns>The code with which the server closes; what comes before is passed over.</returns>
    public async Task<int> ReadCloseAsync()
    {
        while (true)
        {
            var (opcode, payload) = await ReadFrameAsync();
            if (opcode == Opcode.Close)
            {
                return payload.Length == 0 ? 1005 : BinaryPrimitives.ReadUInt16BigEndian(payload);
            }
        }
    }

    /// <returns>All that comes until the server ends the connection.</returns>
    public async Task<byte[]> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        try
        {
            await _stream.CopyToAsync(all, _patience.Token);
        }
        catch (IOException)
        {
            // A reset is an end, too.
        }

        return all.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _patience.Dispose();
    }
}
