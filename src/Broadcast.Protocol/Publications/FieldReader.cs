using System.Buffers.Binary;
using System.Text;

namespace Broadcast.Protocol;

/// <summary>Reads what <see cref="FieldWriter"/> wrote, until something is missing; from then on everything is empty.</summary>
internal struct FieldReader(ReadOnlyMemory<byte> rest)
{
    public ReadOnlyMemory<byte> Rest { get; private set; } = rest;

    public bool HasFailed { get; private set; }

    public byte Byte() => Take(1) is { Length: > 0 } one ? one.Span[0] : default;

    public ulong Number() => Take(sizeof(ulong)) is { Length: > 0 } number ? BinaryPrimitives.ReadUInt64LittleEndian(number.Span) : 0;

    public string Text() => Encoding.UTF8.GetString(Take(Take(sizeof(ushort)) is { Length: > 0 } length ? BinaryPrimitives.ReadUInt16LittleEndian(length.Span) : 0).Span);

    public ReadOnlyMemory<byte> Blob() => Take(Take(sizeof(int)) is { Length: > 0 } length ? BinaryPrimitives.ReadInt32LittleEndian(length.Span) : 0);

    private ReadOnlyMemory<byte> Take(int length)
    {
        HasFailed |= length < 0 || length > Rest.Length;
        if (HasFailed)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        var taken = Rest[..length];
        Rest = Rest[length..];
        return taken;
    }
}
