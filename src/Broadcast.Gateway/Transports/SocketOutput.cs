using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Broadcast.Gateway;

/// <summary>Kestrel's output, written to the socket itself: a write is over when the socket took the bytes. One writer at a time.</summary>
internal sealed class SocketOutput(Socket socket, ConnectionContext connection) : Stream
{
    private bool _broken;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (!_broken && buffer.Length > 0)
            {
                // Nearly always the kernel has room; only who waits for it needs what waiting takes, which the socket would keep for good.
                var sent = socket.Send(buffer.Span, SocketFlags.None, out var error);
                buffer = error switch
                {
                    SocketError.Success => buffer[sent..],
                    SocketError.WouldBlock => buffer[await socket.SendAsync(buffer, SocketFlags.None, cancellationToken)..],
                    _ => throw new SocketException((int)error),
                };
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Break(e);
        }
    }

    /// <summary>Only what is left when a connection ends without a flush; a socket that would block loses it, as a reset would.</summary>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!_broken && (socket.Send(buffer, SocketFlags.None, out var error) != buffer.Length || error != SocketError.Success))
        {
            Break(new SocketException((int)error));
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Kestrel takes a flush that throws for its own fault; a client that went away ends its connection instead.</summary>
    private void Break(Exception cause)
    {
        _broken = true;
        connection.Abort(new ConnectionAbortedException("The client cannot be reached any more.", cause));
    }
}
