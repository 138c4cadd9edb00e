namespace Broadcast.Load;

/// <summary>
/// A client's end without a kernel behind it. It copies what it is given into memory of its own, as a socket does at the least, and so
/// meets the same cache misses; the system call and TCP are left out. Touched by its event loop.
/// </summary>
internal sealed class Client(int bufferBytes) : ITransport
{
    private readonly byte[] _buffer = new byte[bufferBytes];
    private int _at;

    /// <summary>Where its loop adds what it delivers; set before anything is published.</summary>
    public Delivered? Delivered { get; set; }

    public long Bytes { get; private set; }

    public long Sends { get; private set; }

    public int TrySend(ReadOnlySpan<byte> bytes)
    {
        for (var rest = bytes; rest.Length > 0;)
        {
            var part = rest[..Math.Min(rest.Length, _buffer.Length - _at)];
            part.CopyTo(_buffer.AsSpan(_at));
            _at = (_at + part.Length) % _buffer.Length;
            rest = rest[part.Length..];
        }

        Bytes += bytes.Length;
        Sends++;
        Delivered?.Add(bytes.Length);
        return bytes.Length;
    }

    public void SendRest(ReadOnlyMemory<byte> rest, IRestSent sent) => throw new NotSupportedException("It takes everything at once.");

    public void Complete()
    {
    }

    public void Abort()
    {
    }
}
