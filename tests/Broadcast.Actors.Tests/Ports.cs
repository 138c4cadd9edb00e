using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Broadcast.Actors.Tests;

internal static class Ports
{
    /// <summary>An address of this machine at which nobody listens now.</summary>
    public static string FreeAddress() => AddressOf(FreePort.Next());

    public static string AddressOf(TcpListener listener) => AddressOf(((IPEndPoint)listener.LocalEndpoint).Port);

    private static string AddressOf(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
}
