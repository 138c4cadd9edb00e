using System.Text;

namespace Broadcast.Protocol.Tests;

public sealed class WebSocketReaderTests
{
    private static readonly byte[] Hello = "Hello"u8.ToArray();

    [Fact]
    public void The_masked_example_of_the_RFC_is_read()
    {
        byte[] example = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58];

        Assert.Equal([Heard.Text("Hello")], Read(example));
    }

    [Fact]
    [Trait("row", "S5.15")]
    public void A_ping_between_two_fragments_arrives_first_and_leaves_the_message_whole()
    {
        var input = ClientFrame.All(
            new ClientFrame(Opcode.Text, "Hel"u8.ToArray()) { Final = false },
            new ClientFrame(Opcode.Ping, [1, 2]),
            new ClientFrame(Opcode.Continuation, "lo"u8.ToArray()));

        Assert.Equal([Heard.Message(Opcode.Ping, [1, 2]), Heard.Text("Hello")], Read(input));
    }

    [Fact]
    public void An_empty_message_is_complete_with_the_last_byte_of_its_header()
    {
        Assert.Equal([Heard.Text("")], Read(new ClientFrame(Opcode.Text, []).Bytes()));
    }

    [Fact]
    public void An_unmasked_frame_is_refused() => AssertRefused(1002, new ClientFrame(Opcode.Text, Hello) { Masked = false });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void A_reserved_bit_is_refused(int bits) => AssertRefused(1002, new ClientFrame(Opcode.Text, Hello) { ReservedBits = bits });

    [Theory]
    [InlineData(0x3)]
    [InlineData(0x7)]
    [InlineData(0xB)]
    [InlineData(0xF)]
    public void A_reserved_opcode_is_refused(int opcode) => AssertRefused(1002, new ClientFrame((Opcode)opcode, Hello));

    [Theory]
    [InlineData((int)Opcode.Close)]
    [InlineData((int)Opcode.Ping)]
    [InlineData((int)Opcode.Pong)]
    public void A_fragmented_control_frame_is_refused(int opcode) => AssertRefused(1002, new ClientFrame((Opcode)opcode, []) { Final = false });

    [Theory]
    [InlineData((int)Opcode.Close)]
    [InlineData((int)Opcode.Ping)]
    [InlineData((int)Opcode.Pong)]
    public void A_control_frame_of_126_bytes_is_refused(int opcode) => AssertRefused(1002, new ClientFrame((Opcode)opcode, new byte[126]));

    [Fact]
    public void A_ping_of_125_bytes_is_heard()
    {
        Assert.Equal([Heard.Message(Opcode.Ping, new byte[125])], Read(new ClientFrame(Opcode.Ping, new byte[125]).Bytes()));
    }

    [Theory]
    [InlineData(125, 16)]
    [InlineData(0, 16)]
    [InlineData(126, 64)]
    [InlineData(65_535, 64)]
    public void A_length_in_more_bytes_than_needed_is_refused(int length, int bits) =>
        AssertRefused(1002, new ClientFrame(Opcode.Binary, new byte[length]) { LengthBits = bits });

    [Fact]
    public void A_length_with_its_highest_bit_set_is_refused() =>
        AssertRefused(1002, new ClientFrame(Opcode.Binary, []) { LengthBits = 64, ClaimedLength = 1UL << 63 });

    [Fact]
    public void A_continuation_of_nothing_is_refused() => AssertRefused(1002, new ClientFrame(Opcode.Continuation, Hello));

    [Fact]
    public void A_continuation_after_a_finished_message_is_refused()
    {
        var heard = Read(ClientFrame.All(
            new ClientFrame(Opcode.Text, Hello) { Final = false },
            new ClientFrame(Opcode.Continuation, Hello),
            new ClientFrame(Opcode.Continuation, Hello)));

        Assert.Equal([WebSocketRead.Message, WebSocketRead.Violation], heard.Select(h => h.Read));
        Assert.Equal(1002, (int?)heard[1].End?.Code);
    }

    [Theory]
    [InlineData((int)Opcode.Text)]
    [InlineData((int)Opcode.Binary)]
    public void A_new_message_inside_a_fragmented_one_is_refused(int opcode) =>
        AssertRefused(1002, new ClientFrame(Opcode.Text, Hello) { Final = false }, new ClientFrame((Opcode)opcode, Hello));

    [Fact]
    public void Text_that_is_not_UTF8_is_refused_before_its_message_ends() =>
        AssertRefused(1007, new ClientFrame(Opcode.Text, [0x41, 0xC0]) { Final = false });

    [Fact]
    public void A_character_that_the_end_of_the_message_cuts_is_refused() =>
        AssertRefused(1007, new ClientFrame(Opcode.Text, [0xE2, 0x82]) { Final = false }, new ClientFrame(Opcode.Continuation, []));

    [Fact]
    public void A_character_cut_between_fragments_is_whole_again()
    {
        var input = ClientFrame.All(new ClientFrame(Opcode.Text, [0xE2]) { Final = false }, new ClientFrame(Opcode.Continuation, [0x82, 0xAC]));

        Assert.Equal([Heard.Text("€")], Read(input));
    }

    [Fact]
    public void Binary_may_hold_any_bytes()
    {
        Assert.Equal([Heard.Message(Opcode.Binary, [0xC0, 0xFF])], Read(new ClientFrame(Opcode.Binary, [0xC0, 0xFF]).Bytes()));
    }

    [Fact]
    [Trait("row", "S5.15")]
    public void A_message_of_exactly_the_limit_is_heard_and_one_byte_more_is_refused()
    {
        var longest = new byte[300];

        Assert.Equal([Heard.Message(Opcode.Binary, longest)], Read(new ClientFrame(Opcode.Binary, longest).Bytes(), maxMessageBytes: 300));
        AssertRefused(1009, 300, 10, new ClientFrame(Opcode.Binary, new byte[301]));
    }

    [Fact]
    [Trait("row", "S5.15")]
    public void A_message_over_the_limit_is_refused_from_its_header_alone() =>
        AssertRefused(1009, 300, 10, new ClientFrame(Opcode.Binary, []) { ClaimedLength = 301 });

    [Fact]
    public void The_limit_counts_all_fragments_and_no_control_frames()
    {
        var start = new ClientFrame(Opcode.Binary, new byte[60]) { Final = false };
        var ping = new ClientFrame(Opcode.Ping, new byte[60]);

        AssertRefused(1009, 100, 10, start, new ClientFrame(Opcode.Continuation, new byte[41]));
        Assert.Equal(2, Read(ClientFrame.All(start, ping, new ClientFrame(Opcode.Continuation, new byte[40])), maxMessageBytes: 100).Count);
    }

    [Fact]
    public void A_message_in_too_many_fragments_is_refused()
    {
        var start = new ClientFrame(Opcode.Text, []) { Final = false };
        var more = new ClientFrame(Opcode.Continuation, []) { Final = false };
        var end = new ClientFrame(Opcode.Continuation, []);

        Assert.Equal([Heard.Text("")], Read(ClientFrame.All(start, more, end), maxFragments: 3));
        AssertRefused(1009, 100, 3, start, more, more, end);
    }

    [Fact]
    public void The_fragments_of_each_message_are_counted_anew()
    {
        ClientFrame[] message = [new(Opcode.Text, Hello) { Final = false }, new(Opcode.Continuation, Hello)];

        Assert.Equal(3, Read(ClientFrame.All([.. message, .. message, .. message]), maxFragments: 2, maxMessageBytes: 10).Count);
    }

    [Theory]
    [InlineData(1000, "")]
    [InlineData(1001, "going")]
    [InlineData(1003, "x")]
    [InlineData(1007, "x")]
    [InlineData(1014, "x")]
    [InlineData(3000, "€")]
    [InlineData(4999, "x")]
    [Trait("row", "S5.16")]
    public void A_close_gives_the_clients_code_and_reason(int code, string reason)
    {
        var heard = Assert.Single(Read(Close(code, Encoding.UTF8.GetBytes(reason)).Bytes()));

        Assert.Equal(WebSocketRead.Message, heard.Read);
        Assert.Equal(Opcode.Close, heard.Opcode);
        Assert.Equal(new Disconnect((ushort)code, reason), heard.End);
    }

    [Fact]
    [Trait("row", "S5.16")]
    public void A_close_without_a_body_gives_code_1005()
    {
        Assert.Equal(new Disconnect(1005, ""), Assert.Single(Read(new ClientFrame(Opcode.Close, []).Bytes())).End);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(1004)]
    [InlineData(1005)]
    [InlineData(1006)]
    [InlineData(1015)]
    [InlineData(1016)]
    [InlineData(2999)]
    [InlineData(5000)]
    [InlineData(65_535)]
    public void A_close_code_that_must_not_be_sent_is_refused(int code) => AssertRefused(1002, Close(code, []));

    [Fact]
    public void A_close_body_of_one_byte_is_refused() => AssertRefused(1002, new ClientFrame(Opcode.Close, [3]));

    [Theory]
    [InlineData(new byte[] { 0xC0 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    public void A_close_reason_that_is_not_UTF8_is_refused(byte[] reason) => AssertRefused(1007, Close(1000, reason));

    [Fact]
    public void After_a_close_the_answer_stays_and_input_is_passed_over()
    {
        using var reader = Reader();
        reader.Read(Close(1001, "bye"u8.ToArray()).Bytes(), out _);

        var read = reader.Read(new ClientFrame(Opcode.Text, Hello).Bytes(), out var consumed);

        Assert.Equal((WebSocketRead.Message, Opcode.Close, new Disconnect(1001, "bye")), (read, reader.Opcode, reader.Close));
        Assert.Equal((11, 0, 0), (consumed, reader.Payload.Length, reader.Held));
    }

    [Fact]
    public void After_a_violation_the_answer_stays_and_input_is_passed_over()
    {
        using var reader = Reader();
        reader.Read([0xFF], out _);
        var violation = reader.Violation;

        var read = reader.Read(new ClientFrame(Opcode.Text, Hello).Bytes(), out var consumed);

        Assert.Equal((WebSocketRead.Violation, 11), (read, consumed));
        Assert.Same(violation, reader.Violation);
    }

    [Fact]
    public void An_idle_connection_holds_no_memory()
    {
        using var reader = Reader();
        var input = ClientFrame.All(new ClientFrame(Opcode.Ping, Hello), new ClientFrame(Opcode.Text, Hello));

        Assert.Equal(2, Heard.From(reader, input).Count);

        Assert.Equal(0, reader.Held);
    }

    [Fact]
    public void A_header_alone_takes_no_memory_whatever_it_claims()
    {
        using var reader = new WebSocketReader(int.MaxValue, 1);

        reader.Read(new ClientFrame(Opcode.Binary, []) { ClaimedLength = 1_000_000_000 }.Bytes(), out _);
        Assert.Equal(0, reader.Held);

        reader.Read(new byte[1_000], out _);
        Assert.InRange(reader.Held, 1_000, 4_000);
    }

    [Fact]
    public void A_violation_gives_its_memory_back()
    {
        using var reader = Reader();
        var start = new ClientFrame(Opcode.Text, Hello) { Final = false };

        Assert.Single(Heard.From(reader, ClientFrame.All(start, start)));

        Assert.Equal(0, reader.Held);
    }

    [Fact]
    public void Disposing_gives_the_memory_back_once()
    {
        var reader = Reader();
        reader.Read(new ClientFrame(Opcode.Text, Hello) { Final = false }.Bytes(), out _);
        Assert.NotEqual(0, reader.Held);

        reader.Dispose();
        reader.Dispose();

        Assert.Equal(0, reader.Held);
        Assert.Throws<ObjectDisposedException>(() => reader.Read([], out _));
    }

    private static WebSocketReader Reader() => new(1_000, 10);

    private static ClientFrame Close(int code, byte[] reason) => new(Opcode.Close, [(byte)(code >> 8), (byte)code, .. reason]);

    private static List<Heard> Read(byte[] input, int maxMessageBytes = 100_000, int maxFragments = 10)
    {
        using var reader = new WebSocketReader(maxMessageBytes, maxFragments);
        return Heard.From(reader, input);
    }

    private static void AssertRefused(int code, params ClientFrame[] frames) => AssertRefused(code, 100_000, 10, frames);

    private static void AssertRefused(int code, int maxMessageBytes, int maxFragments, params ClientFrame[] frames)
    {
        var heard = Assert.Single(Read(ClientFrame.All(frames), maxMessageBytes, maxFragments));

        Assert.Equal(WebSocketRead.Violation, heard.Read);
        Assert.Equal(code, (int?)heard.End?.Code);
        Assert.NotEqual("", heard.End?.Reason);
    }
}
