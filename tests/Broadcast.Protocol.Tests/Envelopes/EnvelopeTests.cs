using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Protocol.Tests;

public sealed class EnvelopeTests
{
    private static readonly StreamPosition At = new("h7Kq2x", 43);

    [Fact]
    public void A_json_publication_goes_out_as_the_value_it_is() => Assert.Equal(
        """{"room":"news","position":"43.h7Kq2x","offset":43,"kind":"json","data":{"a":[1.0,"\u00e9 <"]}}""",
        Written(new Publication("""{"a":[1.0,"\u00e9 <"]}"""u8.ToArray(), ContentKind.Json)));

    [Fact]
    public void A_json_publication_of_several_lines_goes_out_on_one() => Assert.Equal(
        """{"room":"news","position":"43.h7Kq2x","offset":43,"kind":"json","data":{ "a":1, "b":"\r\n"}}""",
        Written(new Publication("{\r\n \"a\":1,\n \"b\":\"\\r\\n\"\r}\n"u8.ToArray(), ContentKind.Json)));

    [Fact]
    public void A_binary_publication_goes_out_as_base64() => Assert.Equal(
        """{"room":"news","position":"43.h7Kq2x","offset":43,"kind":"binary","b64":"AP8="}""",
        Written(new Publication(new byte[] { 0, 255 }, ContentKind.Binary)));

    [Fact]
    public void What_was_given_with_a_publication_follows_its_data() => Assert.Equal(
        """{"room":"news","position":"43.h7Kq2x","offset":43,"kind":"text","data":"x","event":"e","key":"k","tags":{"t":"v"},"publisher":"p"}""",
        Written(new Publication("x"u8.ToArray(), ContentKind.Text)
        {
            Event = "e",
            Key = "k",
            Info = new ClientInfo("c1", "p"),
            Tags = new Dictionary<string, string> { ["t"] = "v" },
        }));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_anonymous_publisher_is_not_named(bool isClient) => Assert.DoesNotContain("publisher", Written(
        new Publication("x"u8.ToArray(), ContentKind.Text) { Info = isClient ? new ClientInfo("c1", "") : null }), StringComparison.Ordinal);

    [Fact]
    public void Any_publication_reads_back_as_it_was_and_stands_on_one_line()
    {
        var text = Gen.Elements("a", "\"", "\\", "\r\n", "\0", "</script>", "é", "😀", "\u2028", "}").ListOf().Select(string.Concat);
        var kind = Gen.Elements(ContentKind.Json, ContentKind.Text, ContentKind.Binary);
        var cases =
            from t in text
            from k in kind
            from name in text
            from offset in Gen.Choose(1, int.MaxValue)
            select (t, k, name, Offset: (ulong)offset);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var data = c.k == ContentKind.Json ? JsonSerializer.SerializeToUtf8Bytes(new[] { c.t }) : Encoding.UTF8.GetBytes(c.t);
            var publication = new Publication(data, c.k)
            {
                Event = c.name,
                Key = c.name,
                Info = new ClientInfo("c1", "u" + c.name),
                Tags = new Dictionary<string, string> { [c.name] = c.t },
            };

            var written = Written(publication, new StreamPosition("e", c.Offset));

            Assert.DoesNotContain(written, char.IsControl);
            Assert.DoesNotContain("</script>", written, StringComparison.Ordinal);
            using var json = JsonDocument.Parse(written);
            var envelope = json.RootElement;
            Assert.Equal("news", envelope.GetProperty("room").GetString());
            Assert.Equal($"{c.Offset}.e", envelope.GetProperty("position").GetString());
            Assert.Equal(c.Offset, envelope.GetProperty("offset").GetUInt64());
            Assert.Equal(c.t, Content(envelope));
            Assert.Equal("u" + c.name, envelope.GetProperty("publisher").GetString());
            Assert.All(["event", "key"], name => Assert.Equal(c.name, envelope.GetProperty(name).GetString()));
            Assert.Equal(c.t, envelope.GetProperty("tags").GetProperty(c.name).GetString());
        }).QuickCheckThrowOnFailure();

        static string? Content(JsonElement envelope) => envelope.GetProperty("kind").GetString() switch
        {
            "json" => envelope.GetProperty("data")[0].GetString(),
            "text" => envelope.GetProperty("data").GetString(),
            _ => Encoding.UTF8.GetString(envelope.GetProperty("b64").GetBytesFromBase64()),
        };
    }

    public static TheoryData<Notice, string> Notices => new()
    {
        {
            new Gap(new("h7Kq2x", 44), new("h7Kq2x", 60), GapReason.Behind),
            """{"room":"news","gap":{"from":"44.h7Kq2x","to":"60.h7Kq2x","reason":"behind"}}"""
        },
        { new SourceStopped("machine", null), """{"room":"news","source":{"name":"machine","state":"ended"}}""" },
        { new SourceStopped("machine", "no file"), """{"room":"news","source":{"name":"machine","state":"failed","reason":"no file"}}""" },
        { new Joined("c1", null), """{"room":"news","join":{"client":"c1"}}""" },
        { new Joined("c1", "u"), """{"room":"news","join":{"client":"c1","user":"u"}}""" },
        { new Left("c1", null), """{"room":"news","leave":{"client":"c1"}}""" },
        { new Left("c1", "u"), """{"room":"news","leave":{"client":"c1","user":"u"}}""" },
    };

    [Theory]
    [MemberData(nameof(Notices))]
    public void Each_notice_is_written_as_the_protocol_says(Notice notice, string written)
    {
        var output = new ArrayBufferWriter<byte>();

        Envelope.Write(output, "news", notice);

        Assert.Equal(written, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void A_socket_opens_with_its_client_room_and_position() => Assert.Equal(
        """{"open":{"client":"c1","room":"news","position":"43.h7Kq2x"}}""",
        Encoding.UTF8.GetString(Envelope.Opening("c1", "news", At)));

    [Theory]
    [InlineData(ContentKind.Json, "{\"a\":\n1}", """{"message":{"kind":"json","data":{"a":1}}}""")]
    [InlineData(ContentKind.Text, "a\n\"b\"", """{"message":{"kind":"text","data":"a\n\u0022b\u0022"}}""")]
    [InlineData(ContentKind.Binary, "abc", """{"message":{"kind":"binary","b64":"YWJj"}}""")]
    public void A_message_to_one_client_has_no_room(ContentKind kind, string data, string written) =>
        Assert.Equal(written, Encoding.UTF8.GetString(Envelope.Message(Encoding.UTF8.GetBytes(data), kind)));

    [Fact]
    public void A_command_is_answered_with_its_id()
    {
        Assert.Equal("""{"id":1,"result":{"position":"43.h7Kq2x"}}""", Encoding.UTF8.GetString(Envelope.Result(1, At)));
        Assert.Equal(
            """{"id":2,"error":{"code":107,"message":"One sentence."}}""",
            Encoding.UTF8.GetString(Envelope.Error(2, ErrorCode.BadRequest, "One sentence.")));
    }

    [Fact]
    public void A_request_is_answered_with_its_id_on_one_line()
    {
        Assert.Equal("""{"id":4,"result":{"data":{"year":2026}}}""", Encoding.UTF8.GetString(Envelope.Answer(4, "{\"year\":\n2026}"u8.ToArray())));
        Assert.Equal("""{"id":4,"result":{}}""", Encoding.UTF8.GetString(Envelope.Answer(4, null)));
    }

    [Fact]
    public void An_error_without_an_id_or_a_sentence_has_no_id_and_the_codes_own_message() => Assert.Equal(
        """{"error":{"code":103,"message":"permission denied"}}""",
        Encoding.UTF8.GetString(Envelope.Error(null, ErrorCode.PermissionDenied)));

    [Fact]
    public void Half_a_character_in_a_message_does_not_stop_the_answer()
    {
        using var json = JsonDocument.Parse(Envelope.Error(1, ErrorCode.BadRequest, "\uD83D…"));

        Assert.Equal("\uFFFD…", json.RootElement.GetProperty("error").GetProperty("message").GetString());
    }

    private static string Written(Publication publication) => Written(publication, At);

    private static string Written(Publication publication, StreamPosition position)
    {
        var output = new ArrayBufferWriter<byte>();
        Envelope.Write(output, "news", position, publication);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
