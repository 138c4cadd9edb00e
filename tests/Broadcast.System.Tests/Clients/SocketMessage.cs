using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Broadcast.SystemTests;

/// <summary>What a WebSocket gave. Its bytes are good until the next is read.</summary>
internal readonly record struct SocketMessage(int Opcode, ReadOnlyMemory<byte> Payload)
{
    public const int Text = 1;

    public const int Close = 8;

    public string String => Encoding.UTF8.GetString(Payload.Span);

    /// <summary>Its own copy of an envelope.</summary>
    public JsonElement Json => JsonDocument.Parse(Payload.ToArray()).RootElement;

    public int CloseCode => Payload.Length < 2 ? 1005 : BinaryPrimitives.ReadUInt16BigEndian(Payload.Span);

    public string CloseReason => Payload.Length < 2 ? "" : Encoding.UTF8.GetString(Payload.Span[2..]);
}
