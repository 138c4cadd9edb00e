using System.Buffers;
using System.Globalization;

namespace Broadcast.Protocol;

/// <summary>The chunks of an HTTP/1.1 body whose length is not known (RFC 9112, 7.1), so that streams can share them ready-made.</summary>
internal static class ChunkedEncoding
{
    private const int MaxSizeDigits = 8;

    /// <summary>The last chunk, without trailers: the body is complete.</summary>
    public static ReadOnlyMemory<byte> End { get; } = "0\r\n\r\n"u8.ToArray();

    /// <returns>One chunk; no bytes for no data, since an empty chunk would end the body.</returns>
    public static byte[] Wrap(ReadOnlySpan<byte> data)
    {
        var output = new ArrayBufferWriter<byte>(MaxSizeDigits + 4 + data.Length);
        Write(output, data);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes one chunk; nothing for no data, since an empty chunk would end the body.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        data.Length.TryFormat(output.GetSpan(MaxSizeDigits), out var digits, "X", CultureInfo.InvariantCulture);
        output.Advance(digits);
        output.Write("\r\n"u8);
        output.Write(data);
        output.Write("\r\n"u8);
    }
}
