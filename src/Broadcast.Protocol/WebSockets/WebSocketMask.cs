using System.Buffers.Binary;
using System.Numerics;

namespace Broadcast.Protocol;

/// <summary>The masking of client frames (RFC 6455, 5.3), many bytes at a time.</summary>
internal static class WebSocketMask
{
    /// <summary>Masks or unmasks <paramref name="source"/> into <paramref name="target"/>, which is at least as long.</summary>
    /// <param name="key">The four bytes as they are on the wire, the first one highest.</param>
    /// <returns>The key for the byte that follows.</returns>
    public static uint Apply(ReadOnlySpan<byte> source, Span<byte> target, uint key)
    {
        var i = 0;
        if (source.Length >= Vector<byte>.Count)
        {
            var word = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(key) : key;
            var keys = Vector.AsVectorByte(new Vector<uint>(word));
            for (; i <= source.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            {
                (new Vector<byte>(source[i..]) ^ keys).CopyTo(target[i..]);
            }
        }

        for (; i < source.Length; i++)
        {
            target[i] = (byte)(source[i] ^ (key >> (24 - (8 * (i & 3)))));
        }

        return BitOperations.RotateLeft(key, 8 * (source.Length & 3));
    }
}
