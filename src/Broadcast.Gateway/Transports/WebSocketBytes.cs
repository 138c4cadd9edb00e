using System.Buffers.Binary;
using System.Net.WebSockets;

namespace Broadcast.Gateway;

/// <summary>
/// A <see cref="WebSocket"/> seen as the bytes of RFC 6455, for servers that give no stream to upgrade (the in-memory test server). One
/// reader and one writer at a time. What is written must be whole frames, though not in whole writes.
/// </summary>
internal sealed class WebSocketBytes(WebSocket socket) : Stream
{
    private byte[] _unfinished = [];
    private byte[] _read = [];
    private int _readAt;
    private bool _ended;
    private bool _continues;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_readAt == _read.Length && !_ended)
        {
            await ReceiveAsync(cancellationToken);
        }

        var count = Math.Min(buffer.Length, _read.Length - _readAt);
        _read.AsMemory(_readAt, count).CopyTo(buffer);
        _readAt += count;
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var bytes = _unfinished.Length == 0 ? buffer : (byte[])[.. _unfinished, .. buffer.Span];
        while (TakeFrame(ref bytes, out var opcode, out var payload))
        {
            switch (opcode)
            {
                case Opcode.Text or Opcode.Binary:
                    var type = opcode == Opcode.Text ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
                    await socket.SendAsync(payload, type, endOfMessage: true, cancellationToken);
                    break;
                case Opcode.Close:
                    var (code, reason) = payload.Length < 2
                        ? (WebSocketCloseStatus.Empty, null)
                        : ((WebSocketCloseStatus)BinaryPrimitives.ReadUInt16BigEndian(payload.Span), System.Text.Encoding.UTF8.GetString(payload.Span[2..]));
                    await socket.CloseOutputAsync(code, reason, cancellationToken);
                    break;
                default:
                    // Such sockets answer pings themselves, and have no call to send one.
                    break;
            }
        }

        _unfinished = bytes.ToArray();
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Turns the next received part into a masked frame (with the mask 0), as a client would have sent it.</summary>
    private async Task ReceiveAsync(CancellationToken cancellation)
    {
        var buffer = new byte[8 << 10];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
        _readAt = 0;
        if (received.MessageType == WebSocketMessageType.Close)
        {
            _ended = true;
            var close = WebSocketFrame.Close(new Disconnect((ushort)(socket.CloseStatus ?? WebSocketCloseStatus.Empty), socket.CloseStatusDescription ?? ""));
            _read = Masked(close[0], close.AsSpan(2));
            return;
        }

        var opcode = _continues ? Opcode.Continuation : received.MessageType == WebSocketMessageType.Text ? Opcode.Text : Opcode.Binary;
        _continues = !received.EndOfMessage;
        _read = Masked((byte)((received.EndOfMessage ? 0x80 : 0) | (int)opcode), buffer.AsSpan(0, received.Count));
    }

    private static byte[] Masked(byte flags, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[WebSocketFrame.MaxHeaderLength];
        var length = WebSocketFrame.WriteHeader(header, Opcode.Binary, payload.Length);
        var frame = new byte[length + 4 + payload.Length];
        header[..length].CopyTo(frame);
        frame[0] = flags;
        frame[1] |= 0x80;
        payload.CopyTo(frame.AsSpan(length + 4));
        return frame;
    }

    private static bool TakeFrame(ref ReadOnlyMemory<byte> rest, out Opcode opcode, out ReadOnlyMemory<byte> payload)
    {
        var bytes = rest.Span;
        (opcode, payload) = (default, default);
        if (bytes.Length < 2)
        {
            return false;
        }

        var (header, length) = (bytes[1] & 0x7f) switch
        {
            126 => (4, bytes.Length < 4 ? int.MaxValue : BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])),
            127 => (10, bytes.Length < 10 ? int.MaxValue : (int)BinaryPrimitives.ReadUInt64BigEndian(bytes[2..])),
            var small => (2, small),
        };
        if (length > bytes.Length - header)
        {
            return false;
        }

        opcode = (Opcode)(bytes[0] & 0x0f);
        payload = rest.Slice(header, length);
        rest = rest[(header + length)..];
        return true;
    }
}
