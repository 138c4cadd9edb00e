using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Protocol.Tests;

/// <summary>Random correct clients: messages in fragments with control frames between them, under any mask.</summary>
internal static class WebSocketScripts
{
    private static readonly string[] Characters = ["a", "\0", "\r\n", "é", "€", "\uFFFD", "\uD7FF", "\uE000", "😀", "\U0010FFFF"];

    public static Gen<Script> Any =>
        from parts in Gen.OneOf(AnyMessage, AnyMessage, AnyControl).ListOf()
        select new Script([.. parts.SelectMany(p => p.Frames)], [.. parts.SelectMany(p => p.Expected)]);

    public static Gen<int[]> AnyCuts => Gen.Choose(1, 40).NonEmptyListOf().Select(cuts => cuts.ToArray());

    public static Gen<byte[]> AnyBytes => Gen.Choose(0, 255).ListOf().Select(bytes => bytes.Select(b => (byte)b).ToArray());

    private static Gen<uint> AnyMask => Gen.Choose(int.MinValue, int.MaxValue).Select(mask => (uint)mask);

    /// <summary>Short ones, and long ones for each way to encode a length.</summary>
    private static Gen<byte[]> AnyBinary => Gen.Frequency(
        (6, AnyBytes),
        (1, Gen.Elements(125, 126, 127, 65_535, 65_536).Select(length => Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray())));

    private static Gen<byte[]> AnyText => Gen.Elements(Characters).ListOf().Select(all => Encoding.UTF8.GetBytes(string.Concat(all)));

    private static Gen<Script> AnyControl =>
        from opcode in Gen.Elements(Opcode.Ping, Opcode.Pong)
        from payload in AnyBytes
        from mask in AnyMask
        let body = payload.Take(125).ToArray()
        select new Script([new ClientFrame(opcode, body) { Mask = mask }], [Heard.Message(opcode, body)]);

    private static Gen<Script> AnyMessage =>
        from isText in Gen.Elements(true, false)
        from payload in isText ? AnyText : AnyBinary
        from cuts in Gen.Choose(0, payload.Length).ListOf()
        from masks in AnyMask.NonEmptyListOf()
        from controls in AnyControl.ListOf()
        select Message(isText ? Opcode.Text : Opcode.Binary, payload, [.. cuts.Order()], [.. masks], [.. controls]);

    private static Script Message(Opcode opcode, byte[] payload, int[] cuts, uint[] masks, Script[] controls)
    {
        var frames = new List<ClientFrame>();
        var expected = new List<Heard>();
        int[] bounds = [0, .. cuts, payload.Length];
        for (var i = 0; i < bounds.Length - 1; i++)
        {
            frames.Add(new ClientFrame(i == 0 ? opcode : Opcode.Continuation, payload[bounds[i]..bounds[i + 1]])
            {
                Final = i == bounds.Length - 2,
                Mask = masks[i % masks.Length],
            });
            if (i < bounds.Length - 2 && i < controls.Length)
            {
                frames.AddRange(controls[i].Frames);
                expected.AddRange(controls[i].Expected);
            }
        }

        return new Script([.. frames], [.. expected, Heard.Message(opcode, payload)]);
    }

    /// <param name="Frames">What the client sends.</param>
    /// <param name="Expected">What the server must hear.</param>
    internal sealed record Script(ClientFrame[] Frames, Heard[] Expected);
}
