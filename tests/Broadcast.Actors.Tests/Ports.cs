using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Broadcast.Actors.Tests;

internal static class Ports
{
    /// <summary>An address of this machine at which nobody listens now.</summary>
    public static string FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return AddressOf(listener);
    }

    public static string AddressOf(TcpListener listener) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
}
