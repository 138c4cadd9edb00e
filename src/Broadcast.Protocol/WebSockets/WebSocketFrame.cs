using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Broadcast.Protocol;

/// <summary>Writes WebSocket frames as a server does: whole messages, unmasked, with the shortest length (RFC 6455, 5).</summary>
internal static class WebSocketFrame
{
    /// <summary>The longest header of a server's frame, in bytes.</summary>
    public const int MaxHeaderLength = 10;

    /// <summary>The longest payload of a control frame, in bytes (RFC 6455, 5.5).</summary>
    public const int MaxControlPayload = 125;

    private const int CloseCodeLength = 2;
    private const string AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private const int KeyLength = 16;
    private const int EncodedKeyLength = 24;

    /// <returns>One frame that is a whole message or control frame.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A control frame with more than 125 bytes.</exception>
    public static byte[] Encode(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[HeaderLength(payload.Length) + payload.Length];
        payload.CopyTo(frame.AsSpan(WriteHeader(frame, opcode, payload.Length)));
        return frame;
    }

    /// <returns>2, 4 or 10 bytes.</returns>
    public static int HeaderLength(int payloadLength) => payloadLength switch
    {
        <= 125 => 2,
        <= ushort.MaxValue => 4,
        _ => MaxHeaderLength,
    };

    /// <summary>Writes what goes before the payload; <paramref name="target"/> has room for <see cref="HeaderLength"/> bytes.</summary>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A negative length, or a control frame with more than 125 bytes.</exception>
    public static int WriteHeader(Span<byte> target, Opcode opcode, int payloadLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        if (opcode >= Opcode.Close)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(payloadLength, MaxControlPayload);
        }

        const byte Final = 0x80;
        target[0] = (byte)(Final | (byte)opcode);
        var length = HeaderLength(payloadLength);
        switch (length)
        {
            case 2:
                target[1] = (byte)payloadLength;
                break;
            case 4:
                target[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)payloadLength);
                break;
            default:
                target[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(target[2..], (ulong)payloadLength);
                break;
        }

        return length;
    }

    /// <summary>A close frame; its reason is cut after the last whole character that fits into 123 bytes.</summary>
    /// <returns>The frame; without a body for 1005, 1006 and 1015, which must not be sent (RFC 6455, 7.4.1).</returns>
    public static byte[] Close(Disconnect disconnect)
    {
        if (disconnect.Code is 1005 or 1006 or 1015)
        {
            return Encode(Opcode.Close, []);
        }

        Span<byte> body = stackalloc byte[MaxControlPayload];
        BinaryPrimitives.WriteUInt16BigEndian(body, disconnect.Code);
        Utf8.FromUtf16(disconnect.Reason, body[CloseCodeLength..], out _, out var reason);
        return Encode(Opcode.Close, body[..(CloseCodeLength + reason)]);
    }

    /// <returns><c>Sec-WebSocket-Accept</c> for a <c>Sec-WebSocket-Key</c> (RFC 6455, 4.2.2, step 5.4).</returns>
    [SuppressMessage("Security", "CA5350", Justification = "The RFC names SHA-1; it proves an understanding of WebSocket, not an identity.")]
    public static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptSuffix)));

    /// <returns>Whether a <c>Sec-WebSocket-Key</c> is 16 bytes in base64 (RFC 6455, 4.2.1, item 5).</returns>
    public static bool IsValidKey(string? key)
    {
        Span<byte> bytes = stackalloc byte[KeyLength];

        // 24 characters leave no place for the white space that the conversion would pass over.
        return key?.Length == EncodedKeyLength && Convert.TryFromBase64String(key, bytes, out var length) && length == KeyLength;
    }
}
