using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Broadcast.SystemTests;

/// <summary>A TCP connection to the node with a buffer to read from. One caller at a time.</summary>
internal sealed class RawSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[8 << 10];
    private int _from;
    private int _to;

    private RawSocket()
    {
    }

    /// <summary>The port on this side, by which the kernel knows it.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>As the kernel has it, which is twice what was asked for.</summary>
    public int ReceiveBufferSize => _socket.ReceiveBufferSize;

    public ReadOnlyMemory<byte> Unread => _buffer.AsMemory(_from, _to - _from);

    /// <summary>Whether the connection ended with a reset and not in an orderly way.</summary>
    public bool WasReset { get; private set; }

    /// <summary>All bytes that came.</summary>
    public long Received { get; private set; }

    /// <summary>Connects, sends a request and reads the head of its answer.</summary>
    /// <param name="receiveBuffer">0 for the kernel's choice.</param>
    public static async Task<(RawSocket Socket, string Head)> GetAsync(int port, string path, string headers, int receiveBuffer)
    {
        var raw = new RawSocket();
        if (receiveBuffer > 0)
        {
            raw._socket.ReceiveBufferSize = receiveBuffer;
        }

        await raw._socket.ConnectAsync(IPAddress.Loopback, port);
        await raw.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n"));
        var head = await raw.ReadToAsync("\r\n\r\n"u8.ToArray()) ?? throw new IOException($"The node answered {path} with an end.");
        return (raw, head);
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes)..];
        }
    }

    /// <summary>Takes what comes up to and with a mark.</summary>
    /// <returns>Null if the connection ended before.</returns>
    public async ValueTask<string?> ReadToAsync(byte[] mark)
    {
        while (true)
        {
            var at = Unread.Span.IndexOf(mark);
            if (at >= 0)
            {
                var text = Encoding.UTF8.GetString(Unread.Span[..(at + mark.Length)]);
                Take(at + mark.Length);
                return text;
            }

            if (!await FillAsync())
            {
                return null;
            }
        }
    }

    public void Take(int count) => _from += count;

    /// <summary>Waits for more bytes behind those that are unread.</summary>
    /// <returns>False at the end.</returns>
    public async ValueTask<bool> FillAsync()
    {
        if (_from > 0)
        {
            _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
            (_from, _to) = (0, _to - _from);
        }

        if (_to == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        try
        {
            var count = await _socket.ReceiveAsync(_buffer.AsMemory(_to));
            _to += count;
            Received += count;
            return count > 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            WasReset = true;
            return false;
        }
    }

    /// <summary>Ends it as a process that was killed does: the other side is reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();
}
