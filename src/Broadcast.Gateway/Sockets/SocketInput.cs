using System.Buffers;
using System.IO.Pipelines;

namespace Broadcast.Gateway;

/// <summary>
/// Takes what a client sends, and does what it says. Called by the one task that reads from it, which reads on when the event loop took over
/// what was posted.
/// </summary>
internal sealed class SocketInput(PipeReader input, Connection connection, WebSocketReader reader, ISocketMessages messages)
{
    /// <summary>Bytes of messages that are published before any of them is sent on.</summary>
    private const int MaxTogether = 64 << 10;

    /// <summary>The client said that it goes; the answer is on its way.</summary>
    public bool SaidGoodbye => reader.Close is not null;

    /// <summary>Takes what was read. After the client did what it must not, what it sends is passed over.</summary>
    /// <returns>Whether there may be more: not when it has gone, or said that it goes.</returns>
    public async ValueTask<bool> TakeAsync(ReadResult read)
    {
        var bytes = read.Buffer.Length > MaxTogether ? read.Buffer.Slice(0, MaxTogether) : read.Buffer;
        var goesOn = !read.IsCompleted;
        if (!bytes.IsEmpty)
        {
            connection.SignOfLife();
            goesOn = await TakeAsync(bytes);
            await messages.TakenAsync();
        }

        input.AdvanceTo(bytes.End);
        return goesOn;
    }

    private async ValueTask<bool> TakeAsync(ReadOnlySequence<byte> bytes)
    {
        while (true)
        {
            var read = TakeMessages(ref bytes, out var waiting);
            await waiting;
            if (read == WebSocketRead.NeedMore)
            {
                return true;
            }

            // What was published before is answered before.
            await messages.TakenAsync();
            switch (read)
            {
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
    private WebSocketRead TakeMessages(ref ReadOnlySequence<byte> bytes, out ValueTask waiting)
    {
        waiting = default;
        using var together = WakeHold.Begin();
        while (true)
        {
            var read = reader.Read(bytes.FirstSpan, out var consumed);
            bytes = bytes.Slice(consumed);
            if (read == WebSocketRead.NeedMore && !bytes.IsEmpty)
            {
                continue;
            }

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
