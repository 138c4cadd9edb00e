using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Broadcast.Gateway;

/// <summary>
/// <c>send(2)</c> of Linux without what <see cref="Socket.Send(ReadOnlySpan{byte}, SocketFlags, out SocketError)"/> reads and checks around
/// it: two objects less to fetch for each client of each round (docs/decisions/0006). Any thread may call it.
/// </summary>
internal static unsafe partial class SendCall
{
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;

    private const int Interrupted = 4;
    private const int Again = 11;
    private const int NoBuffers = 105;

    /// <summary>Never blocks.</summary>
    /// <returns>How many bytes were taken, 0 if it would block, −1 if the other side cannot be reached any more.</returns>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public static int TrySend(SafeSocketHandle socket, ReadOnlySpan<byte> bytes)
    {
        var isHeld = false;
        try
        {
            // While it is held the descriptor cannot be closed, and so not become another client's.
            socket.DangerousAddRef(ref isHeld);
            fixed (byte* start = bytes)
            {
                var sent = Send((int)socket.DangerousGetHandle(), start, (nuint)bytes.Length, DontWait | NoSignal);
                return sent >= 0 ? (int)sent
                    : Marshal.GetLastPInvokeError() is Again or Interrupted or NoBuffers ? 0
                    : -1;
            }
        }
        finally
        {
            if (isHeld)
            {
                socket.DangerousRelease();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, byte* bytes, nuint length, int flags);
}
