using System.Buffers;

namespace Broadcast.Protocol;

/// <summary>Bytes that grow with what was received, in an array of the shared pool that is held only while there are any. Has one owner.</summary>
internal struct PooledBytes
{
    private byte[]? _array;

    public int Length { get; private set; }

    /// <summary>How many bytes of memory are held.</summary>
    public readonly int Capacity => _array?.Length ?? 0;

    /// <summary>Valid until the next call of another member.</summary>
    public readonly ReadOnlyMemory<byte> Memory => _array.AsMemory(0, Length);

    /// <summary>Adds <paramref name="count"/> bytes, which the caller fills.</summary>
    public Span<byte> Add(int count)
    {
        if (Length + count > Capacity)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(Length + count, Math.Min(2L * Capacity, Array.MaxLength)));
            Memory.Span.CopyTo(larger);
            Free();
            _array = larger;
        }

        Length += count;
        return _array.AsSpan(Length - count, count);
    }

    public void Clear()
    {
        Free();
        Length = 0;
    }

    private void Free()
    {
        if (_array is not null)
        {
            ArrayPool<byte>.Shared.Return(_array);
            _array = null;
        }
    }
}
