using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Broadcast.Testing;

/// <summary>
/// Ports for what must be told its port before it listens. They are below those that the kernel gives to outgoing connections and to who asks
/// for any: one of those could have the port by the time it is used, or while a server that was stopped is to come back. Suites that run beside each other do
/// not take each other's: each process has a lane of its own, and holds its first port for as long as it lives. <c>tests/cluster/processes.mjs</c> does the
/// same. Any thread.
/// </summary>
public static class FreePort
{
    private const int First = 20_000;
    private const int Lanes = 24;
    private const int LaneWidth = 500;

    private static readonly TcpListener s_held = TakeLane();

    private static int s_last = Random.Shared.Next(LaneWidth);

    /// <returns>A port of loopback at which nobody listens now, and which no other suite is given.</returns>
    public static int Next()
    {
        var held = ((IPEndPoint)s_held.LocalEndpoint).Port;
        for (var attempt = 0; attempt < LaneWidth; attempt++)
        {
            var port = held + 1 + (Interlocked.Increment(ref s_last) % (LaneWidth - 1));
            if (TryListen(port) is { } listener)
            {
                listener.Dispose();
                return port;
            }
        }

        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"No port is free from {held + 1} to {held + LaneWidth - 1}."));
    }

    private static TcpListener TakeLane()
    {
        var begin = Random.Shared.Next(Lanes);
        for (var i = 0; i < Lanes; i++)
        {
            if (TryListen(First + ((begin + i) % Lanes * LaneWidth)) is { } listener)
            {
                return listener;
            }
        }

        throw new InvalidOperationException($"{Lanes} suites that need ports run already.");
    }

    /// <returns>Null if somebody else listens there.</returns>
    private static TcpListener? TryListen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
