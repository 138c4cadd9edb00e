using System.Buffers;

namespace Broadcast.Gateway;

/// <summary>
/// Sends through a stream: TLS, HTTP/2, test servers, Kestrel without the middleware. Bytes are copied once, one write is under way at
/// a time, and while it is not through the client counts as blocked. Touched by one event loop; writes end on any thread.
/// </summary>
internal sealed class StreamTransport(Stream stream, Action abort) : ClientTransport
{
    /// <summary>What is handed to the stream at once; it bounds what a stalled client holds.</summary>
    private const int MaxWrite = 64 << 10;

    private Task _writing = Task.CompletedTask;
    private volatile bool _broken;

    public override Task Flushed => _writing;

    public override int TrySend(ReadOnlySpan<byte> bytes)
    {
        if (_broken)
        {
            return -1;
        }

        if (!_writing.IsCompleted)
        {
            return 0;
        }

        var taken = Math.Min(bytes.Length, MaxWrite);
        var copy = ArrayPool<byte>.Shared.Rent(taken);
        bytes[..taken].CopyTo(copy);
        _writing = WriteAndReturnAsync(copy, taken);
        return _broken ? -1 : taken;
    }

    public override void SendRest(ReadOnlyMemory<byte> rest, IRestSent sent) => _writing = SendRestAsync(_writing, rest, sent);

    public override void Abort()
    {
        _broken = true;
        abort();
    }

    private async Task SendRestAsync(Task before, ReadOnlyMemory<byte> rest, IRestSent sent)
    {
        await before;
        await WriteAsync(rest);
        sent.RestSent(!_broken);
    }

    private async Task WriteAndReturnAsync(byte[] copy, int length)
    {
        await WriteAsync(copy.AsMemory(0, length));
        ArrayPool<byte>.Shared.Return(copy);
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (!_broken && bytes.Length > 0)
            {
                await stream.WriteAsync(bytes);
                await stream.FlushAsync();
            }
        }
        catch (Exception)
        {
            // What a stream throws when its client is gone is its own affair; here it only means that.
            _broken = true;
        }
    }
}
