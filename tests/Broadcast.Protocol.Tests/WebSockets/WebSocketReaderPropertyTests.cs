using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Protocol.Tests;

public sealed class WebSocketReaderPropertyTests
{
    private const int MaxMessageBytes = 100_000;
    private const int MaxFragments = 1_000;

    [Fact]
    [Trait("row", "S5.15")]
    public void Any_messages_in_any_fragments_under_any_mask_arrive_wherever_the_bytes_were_cut()
    {
        var cases = from script in WebSocketScripts.Any from cuts in WebSocketScripts.AnyCuts select (script, cuts);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            using var reader = new WebSocketReader(MaxMessageBytes, MaxFragments);

            var heard = Heard.From(reader, ClientFrame.All(c.script.Frames), c.cuts);

            Assert.Equal(c.script.Expected, heard);
            Assert.Equal(0, reader.Held);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_bytes_end_in_messages_or_one_violation_and_alike_wherever_they_were_cut()
    {
        // A correct beginning lets the rubbish reach every state.
        var cases =
            from script in WebSocketScripts.Any
            from keep in Gen.Choose(0, 300)
            from rubbish in WebSocketScripts.AnyBytes
            from cuts in WebSocketScripts.AnyCuts
            select (Input: (byte[])[.. ClientFrame.All(script.Frames).Take(keep), .. rubbish], cuts);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            using var whole = new WebSocketReader(200, 5);
            using var pieces = new WebSocketReader(200, 5);
            using var bytes = new WebSocketReader(200, 5);

            var heard = Heard.From(whole, c.Input);

            Assert.Equal(heard, Heard.From(pieces, c.Input, c.cuts));
            Assert.Equal(heard, Heard.From(bytes, c.Input, 1));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Any_bytes_as_text_are_a_message_exactly_if_they_are_UTF8()
    {
        // Bytes near the bounds of UTF-8's table, so that most rules are met.
        var bytes = Gen.Elements<byte>(
            0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
            0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF);
        var cases = from text in bytes.ListOf() from cuts in WebSocketScripts.AnyCuts select (Text: text.Take(6).ToArray(), cuts);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            using var reader = new WebSocketReader(MaxMessageBytes, MaxFragments);

            var heard = Assert.Single(Heard.From(reader, new ClientFrame(Opcode.Text, c.Text).Bytes(), c.cuts));

            Assert.Equal(IsUtf8(c.Text) ? WebSocketRead.Message : WebSocketRead.Violation, heard.Read);
            Assert.Equal(IsUtf8(c.Text) ? null : (ushort?)1007, heard.End?.Code);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    private static bool IsUtf8(byte[] bytes)
    {
        try
        {
            new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(bytes);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
