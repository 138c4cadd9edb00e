using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Broadcast.Protocol;

/// <summary>
/// Writes fields as nodes exchange them: little-endian numbers, text as UTF-8 after its length in 16 bits, blobs after theirs in 32.
/// </summary>
internal readonly struct FieldWriter(int capacity)
{
    private readonly ArrayBufferWriter<byte> _output = new(capacity);

    public void Bytes(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    public void Byte(byte value) => _output.Write([value]);

    public void Number(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_output.GetSpan(sizeof(ulong)), value);
        _output.Advance(sizeof(ulong));
    }

    public void Blob(ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_output.GetSpan(sizeof(int)), bytes.Length);
        _output.Advance(sizeof(int));
        _output.Write(bytes);
    }

    /// <exception cref="OverflowException">The text is longer than 65,535 bytes.</exception>
    public void Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var span = _output.GetSpan(sizeof(ushort) + length);
        BinaryPrimitives.WriteUInt16LittleEndian(span, checked((ushort)length));
        Encoding.UTF8.GetBytes(text, span[sizeof(ushort)..]);
        _output.Advance(sizeof(ushort) + length);
    }

    public byte[] ToArray() => _output.WrittenSpan.ToArray();
}
