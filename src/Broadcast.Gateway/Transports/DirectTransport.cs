using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Broadcast.Gateway;

/// <summary>Sends on Kestrel's own socket, past its pipe: clear-text HTTP/1.1 only. Touched by one event loop.</summary>
internal sealed class DirectTransport : ClientTransport
{
    private readonly Socket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly ConnectionContext _connection;

    /// <param name="notSentLowAt">Bytes the kernel takes beyond what the client's window has room for.</param>
    public DirectTransport(DirectSocket direct, int notSentLowAt)
    {
        (_socket, _handle, _connection) = (direct.Socket, direct.Socket.SafeHandle, direct.Connection);
        LimitUnsent(_socket, notSentLowAt);
    }

    public override int Glance() => _handle.IsClosed ? 1 : 0;

    public override int TrySend(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                return SendCall.TrySend(_handle, bytes);
            }

            var sent = _socket.Send(bytes, SocketFlags.None, out var error);
            return error switch
            {
                SocketError.Success => sent,
                SocketError.WouldBlock or SocketError.IOPending or SocketError.NoBufferSpaceAvailable => 0,
                _ => -1,
            };
        }
        catch (ObjectDisposedException)
        {
            return -1;
        }
    }

    public override void SendRest(ReadOnlyMemory<byte> rest, IRestSent sent) => _ = SendRestAsync(rest, sent);

    public override void Abort()
    {
        try
        {
            // A reset: what the kernel still holds for a client that does not read is freed at once.
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }

        _connection.Abort();
    }

    /// <summary>
    /// TCP_NOTSENT_LOWAT. Otherwise a stalled socket swallows up to 4 MB before it blocks, all of it stale when the client reads on.
    /// </summary>
    private static void LimitUnsent(Socket socket, int bytes)
    {
        const int Tcp = 6;
        var option = OperatingSystem.IsLinux() ? 25 : OperatingSystem.IsMacOS() ? 0x201 : 0;
        if (option == 0 || socket.ProtocolType != ProtocolType.Tcp)
        {
            return;
        }

        try
        {
            socket.SetRawSocketOption(Tcp, option, BitConverter.GetBytes(bytes));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // An old kernel; the window and the stall time-out still bound the client.
        }
    }

    private async Task SendRestAsync(ReadOnlyMemory<byte> rest, IRestSent sent)
    {
        var succeeded = true;
        try
        {
            while (rest.Length > 0)
            {
                rest = rest[await _socket.SendAsync(rest, SocketFlags.None)..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            succeeded = false;
        }

        sent.RestSent(succeeded);
    }
}
