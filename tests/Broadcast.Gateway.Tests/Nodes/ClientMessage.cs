using System.Net.WebSockets;
using System.Text;

namespace Broadcast.Gateway.Tests;

/// <summary>A message that a client received, or the server's close frame.</summary>
internal sealed record ClientMessage(WebSocketMessageType Type, byte[] Bytes, int? CloseCode, string? CloseReason)
{
    public string Text => Encoding.UTF8.GetString(Bytes);
}
