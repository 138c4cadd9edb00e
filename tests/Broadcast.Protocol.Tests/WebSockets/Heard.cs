using System.Text;

namespace Broadcast.Protocol.Tests;

/// <summary>One outcome of a reader, copied out of it.</summary>
internal sealed record Heard(WebSocketRead Read, Opcode Opcode, string Payload, Disconnect? End)
{
    /// <summary>What a reader makes of <paramref name="input"/> in pieces of the given sizes, in turn; up to the end of the connection.</summary>
    public static List<Heard> From(WebSocketReader reader, ReadOnlySpan<byte> input, params int[] pieces)
    {
        var all = new List<Heard>();
        for (var i = 0; input.Length > 0; i++)
        {
            var piece = pieces.Length == 0 ? input : input[..Math.Min(pieces[i % pieces.Length], input.Length)];
            input = input[piece.Length..];
            WebSocketRead read;
            do
            {
                read = reader.Read(piece, out var consumed);
                Assert.InRange(consumed, 0, piece.Length);
                piece = piece[consumed..];
                if (read != WebSocketRead.NeedMore)
                {
                    all.Add(new Heard(read, reader.Opcode, Convert.ToHexString(reader.Payload.Span), reader.Violation ?? reader.Close));
                }
            }
            while (read == WebSocketRead.Message && reader.Close is null);

            if (read != WebSocketRead.NeedMore)
            {
                return all;
            }

            Assert.Equal(0, piece.Length);
        }

        return all;
    }

    public static Heard Message(Opcode opcode, byte[] payload) => new(WebSocketRead.Message, opcode, Convert.ToHexString(payload), null);

    public static Heard Text(string text) => Message(Opcode.Text, Encoding.UTF8.GetBytes(text));
}
