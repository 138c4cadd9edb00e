using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Broadcast.Gateway;

/// <summary>Says that Kestrel's own output on this connection goes to the socket at once, so that others may send on it too.</summary>
internal sealed class DirectSocket(Socket socket, ConnectionContext connection)
{
    /// <summary>It does not block.</summary>
    public Socket Socket => socket;

    public ConnectionContext Connection => connection;

    /// <summary>
    /// What becomes of the connection when its request has ended, if that opened a WebSocket. What HTTP holds for a request, some 6 KB, is
    /// given back then, and not when the client goes after hours.
    /// </summary>
    public Func<Task>? AfterHttp { get; set; }
}
