using System.Text;

namespace Broadcast.Protocol.Tests;

public sealed class WebSocketFrameTests
{
    [Theory]
    [InlineData(0, new byte[] { 0x82, 0 })]
    [InlineData(125, new byte[] { 0x82, 125 })]
    [InlineData(126, new byte[] { 0x82, 126, 0, 126 })]
    [InlineData(65_535, new byte[] { 0x82, 126, 0xFF, 0xFF })]
    [InlineData(65_536, new byte[] { 0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0 })]
    [Trait("row", "S5.15")]
    public void A_frame_is_final_unmasked_and_has_the_shortest_length(int length, byte[] header)
    {
        var payload = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();

        var frame = WebSocketFrame.Encode(Opcode.Binary, payload);

        Assert.Equal([.. header, .. payload], frame);
        Assert.Equal(header.Length, WebSocketFrame.HeaderLength(length));
    }

    [Theory]
    [InlineData((int)Opcode.Text, 0x81)]
    [InlineData((int)Opcode.Binary, 0x82)]
    [InlineData((int)Opcode.Close, 0x88)]
    [InlineData((int)Opcode.Ping, 0x89)]
    [InlineData((int)Opcode.Pong, 0x8A)]
    public void The_first_byte_says_what_the_frame_is(int opcode, int first) => Assert.Equal([(byte)first, 0], WebSocketFrame.Encode((Opcode)opcode, []));

    [Fact]
    public void A_control_frame_over_125_bytes_cannot_be_written()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrame.Encode(Opcode.Ping, new byte[126]));
        Assert.Throws<ArgumentOutOfRangeException>(() => WebSocketFrame.WriteHeader(new byte[10], Opcode.Text, -1));
    }

    [Fact]
    [Trait("row", "S5.16")]
    public void A_close_carries_code_and_reason()
    {
        Assert.Equal([0x88, 6, 0x0B, 0xC0, .. "slow"u8], WebSocketFrame.Close(Disconnect.SlowConsumer));
    }

    [Theory]
    [InlineData("a", 200, 123)]
    [InlineData("€", 50, 123)]
    [InlineData("é", 70, 122)]
    [InlineData("😀", 40, 120)]
    public void A_long_reason_is_cut_after_a_whole_character(string character, int count, int kept)
    {
        var reason = string.Concat(Enumerable.Repeat(character, count));

        var frame = WebSocketFrame.Close(new Disconnect(4000, reason));

        Assert.Equal(kept, frame.Length - 4);
        Assert.StartsWith(new UTF8Encoding(false, true).GetString(frame, 4, kept), reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reason_that_is_not_Unicode_still_makes_a_valid_close()
    {
        Assert.Equal([0x88, 5, 0x0F, 0xA0, 0xEF, 0xBF, 0xBD], WebSocketFrame.Close(new Disconnect(4000, "\uD800")));
    }

    [Theory]
    [InlineData(1005)]
    [InlineData(1006)]
    [InlineData(1015)]
    public void A_code_that_must_not_be_sent_becomes_a_close_without_a_body(int code) =>
        Assert.Equal([0x88, 0], WebSocketFrame.Close(new Disconnect((ushort)code, "x")));

    [Fact]
    [Trait("row", "S5.14")]
    public void The_key_of_the_RFC_is_answered_as_the_RFC_says() =>
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketFrame.Accept("dGhlIHNhbXBsZSBub25jZQ=="));

    [Theory]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", true)]
    [InlineData("dGhlIHNhbXBsZSBub25jZSE=", false)]
    [InlineData("dGhlIHNhbXBsZSBub25j", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZ$==", false)]
    [InlineData("dGhlIHNhbXBsZSBub25j    ", false)]
    [InlineData(" dGhlIHNhbXBsZSBub25jZQ==", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [Trait("row", "S5.14")]
    public void A_key_is_16_bytes_in_base64(string? key, bool isValid) => Assert.Equal(isValid, WebSocketFrame.IsValidKey(key));
}
