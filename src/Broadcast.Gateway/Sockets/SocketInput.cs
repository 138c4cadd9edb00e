using System.Buffers;

namespace Broadcast.Gateway;

/// <summary>Reads what a plain socket's client sends, and does what it says. One task; it reads on when the event loop took over what it posted.</summary>
internal sealed class SocketInput(Stream stream, Connection connection, WebSocketReader reader, ISocketMessages messages)
{
    private const int SmallBuffer = 4 << 10;

    /// <summary>For a client that sends more than a small buffer holds: what came together is then published together.</summary>
    private const int LargeBuffer = 64 << 10;

    private int _bufferSize = SmallBuffer;

    /// <summary>Reads until the client has gone or said that it goes. After it did what it must not, what it sends is passed over.</summary>
    /// <returns>Whether it said so; the answer is on its way then.</returns>
    public async Task<bool> ReadAsync()
    {
        while (true)
        {
            // An idle client holds no buffer.
            var none = await stream.ReadAsync(Memory<byte>.Empty);
            System.Diagnostics.Debug.Assert(none == 0, "A read without a buffer only waits.");
            var buffer = ArrayPool<byte>.Shared.Rent(_bufferSize);
            try
            {
                var count = await stream.ReadAsync(buffer);
                if (count == 0)
                {
                    return false;
                }

                _bufferSize = count == buffer.Length ? LargeBuffer : count < SmallBuffer ? SmallBuffer : _bufferSize;
                connection.SignOfLife();
                if (!await TakeAsync(buffer.AsMemory(0, count)))
                {
                    return true;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private async ValueTask<bool> TakeAsync(ReadOnlyMemory<byte> input)
    {
        while (true)
        {
            var read = TakeMessages(ref input, out var waiting);
            await waiting;
            switch (read)
            {
                case WebSocketRead.NeedMore:
                    return true;
                case WebSocketRead.Violation:
                    await connection.PostClose(reader.Violation!);
                    return true;
                case WebSocketRead.Message when reader.Opcode == Opcode.Close:
                    await connection.PostClose(reader.Close!);
                    return false;
                case WebSocketRead.Message when reader.Opcode == Opcode.Ping:
                    await connection.PostReply(WebSocketFrame.Encode(Opcode.Pong, reader.Payload.Span));
                    break;
            }
        }
    }

    /// <summary>Takes messages one after the other, until one must be waited for, or something else comes.</summary>
    private WebSocketRead TakeMessages(ref ReadOnlyMemory<byte> input, out ValueTask waiting)
    {
        waiting = ValueTask.CompletedTask;
        using var together = WakeHold.Begin();
        while (true)
        {
            var read = reader.Read(input.Span, out var consumed);
            input = input[consumed..];
            if (read != WebSocketRead.Message || reader.Opcode is not (Opcode.Text or Opcode.Binary))
            {
                return read;
            }

            if (connection.Completion.IsCompleted)
            {
                continue;
            }

            waiting = messages.TakeAsync(reader.Opcode, reader.Payload);
            if (!waiting.IsCompletedSuccessfully)
            {
                return read;
            }
        }
    }
}
