using System.Net.Sockets;

namespace Broadcast.Gateway;

/// <summary>Says that Kestrel's own output on this connection goes to the socket at once, so that others may send on it too. It does not block.</summary>
internal sealed record DirectSocket(Socket Socket);
