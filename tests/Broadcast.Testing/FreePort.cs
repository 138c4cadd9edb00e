using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Broadcast.Testing;

/// <summary>
/// Ports for what must be told its port before it listens. They are below those that the kernel gives to outgoing connections and to who asks
/// for any: one of those could have the port by the time it is used, or while a server that was stopped is to come back. Any thread.
/// </summary>
public static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static int s_last = Random.Shared.Next(Count);

    /// <returns>A port of loopback at which nobody listens now, and which nobody else in this process is given.</returns>
    public static int Next()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (Interlocked.Increment(ref s_last) % Count);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"No port is free from {First} to {First + Count - 1}."));
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
