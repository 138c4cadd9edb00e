using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Protocol.Tests;

public sealed class PushesTests
{
    private static readonly StreamPosition At = new("h7Kq2x", 43);

    [Theory]
    [InlineData(ContentKind.Json, "{\r\n \"a\":[1.0,\"\\u00e9 <\"]\n}", """{ "a":[1.0,"\u00e9 <"]}""")]
    [InlineData(ContentKind.Json, "null", "null")]
    [InlineData(ContentKind.Text, "a\nb", "\"a\\nb\"")]
    [InlineData(ContentKind.Text, "", "\"\"")]
    [InlineData(ContentKind.Binary, "ab", """{"b64":"YWI="}""")]
    [InlineData(ContentKind.Binary, "", """{"b64":""}""")]
    public void A_publication_goes_out_as_its_kind_says(ContentKind kind, string data, string written) => Assert.Equal(
        """{"push":{"channel":"news","pub":{"data":*,"offset":43}}}""".Replace("*", written, StringComparison.Ordinal),
        Written(o => Pushes.WritePublication(o, "news", At, new Publication(Encoding.UTF8.GetBytes(data), kind))));

    [Fact]
    public void What_was_given_with_a_publication_follows_its_data() => Assert.Equal(
        """{"push":{"channel":"news","pub":{"data":1,"info":{"user":"u","client":"c1","conn_info":{}},"offset":43,"tags":{"t":"v"},"key":"k"}}}""",
        Written(o => Pushes.WritePublication(o, "news", At, new Publication("1"u8.ToArray(), ContentKind.Json)
        {
            Info = new ClientInfo("c1", "u", "{}"u8.ToArray()),
            Key = "k",
            Tags = new Dictionary<string, string> { ["t"] = "v" },
        })));

    [Fact]
    public void The_first_publication_of_a_stream_tells_its_epoch() => Assert.Equal(
        """{"push":{"channel":"news","pub":{"data":"x","epoch":"h7Kq2x","offset":1}}}""",
        Written(o => Pushes.WritePublication(o, "news", new("h7Kq2x", 1), Publication.Text("x"))));

    [Fact]
    public void A_publication_without_an_offset_has_none() => Assert.Equal(
        """{"push":{"channel":"news","pub":{"data":"x"}}}""",
        Written(o => Pushes.WritePublication(o, "news", default, Publication.Text("x"))));

    [Theory]
    [InlineData(ContentKind.Json, "{\n\"a\": 1}", """{"a": 1}""")]
    [InlineData(ContentKind.Text, "x", "\"x\"")]
    [InlineData(ContentKind.Binary, "ab", """{"b64":"YWI="}""")]
    public void With_delta_a_payload_is_the_text_of_its_JSON(ContentKind kind, string data, string text)
    {
        using var json = JsonDocument.Parse(Written(o => Pushes.WritePublication(
            o, "news", At, new Publication(Encoding.UTF8.GetBytes(data), kind), inString: true)));

        Assert.Equal(text, json.RootElement.GetProperty("push").GetProperty("pub").GetProperty("data").GetString());
    }

    public static TheoryData<Notice, string> Notices => new()
    {
        {
            new Gap(new("h7Kq2x", 44), new("h7Kq2x", 60), GapReason.Behind),
            """{"push":{"message":{"data":{"room":"news","gap":{"from":"44.h7Kq2x","to":"60.h7Kq2x","reason":"behind"}}}}}"""
        },
        {
            new SourceStopped("machine", "no file"),
            """{"push":{"message":{"data":{"room":"news","source":{"name":"machine","state":"failed","reason":"no file"}}}}}"""
        },
        { new Joined("c1", null), """{"push":{"channel":"news","join":{"info":{"user":"","client":"c1"}}}}""" },
        {
            new Joined("c1", "u", "{\n}"u8.ToArray()),
            """{"push":{"channel":"news","join":{"info":{"user":"u","client":"c1","conn_info":{}}}}}"""
        },
        { new Left("c1", "u"), """{"push":{"channel":"news","leave":{"info":{"user":"u","client":"c1"}}}}""" },
    };

    [Theory]
    [MemberData(nameof(Notices))]
    public void Each_notice_is_written_as_the_protocol_says(Notice notice, string written) =>
        Assert.Equal(written, Written(o => Pushes.WriteNotice(o, "news", notice)));

    [Theory]
    [InlineData(ContentKind.Json, "[1]", "[1]")]
    [InlineData(ContentKind.Text, "hi", "\"hi\"")]
    public void A_message_has_no_room(ContentKind kind, string data, string written) => Assert.Equal(
        """{"push":{"message":{"data":*}}}""".Replace("*", written, StringComparison.Ordinal),
        Written(o => Pushes.WriteMessage(o, Encoding.UTF8.GetBytes(data), kind)));

    [Fact]
    public void A_client_is_told_that_it_was_subscribed() => Assert.Equal(
        """{"push":{"channel":"news","subscribe":{"recoverable":true,"epoch":"h7Kq2x","offset":43,"positioned":true,"data":{}}}}""",
        Written(o => Pushes.WriteSubscribe(o, "news", new SubscribeResult
        {
            Position = At,
            Positioned = true,
            Recoverable = true,
            Data = "{}"u8.ToArray(),
        })));

    [Fact]
    public void A_client_is_told_why_it_was_unsubscribed() => Assert.Equal(
        """{"push":{"channel":"news","unsubscribe":{"code":2500,"reason":"insufficient state"}}}""",
        Written(o => Pushes.WriteUnsubscribe(o, "news", UnsubscribeReason.InsufficientState)));

    [Fact]
    public void A_client_is_told_why_it_is_sent_away() => Assert.Equal(
        """{"push":{"disconnect":{"code":3501,"reason":"bad request"}}}""",
        Written(o => Pushes.WriteDisconnect(o, Disconnect.BadRequest)));

    [Fact]
    public void A_client_is_told_that_the_server_refreshed_it()
    {
        Assert.Equal("""{"push":{"refresh":{"expires":true,"ttl":60}}}""", Written(o => Pushes.WriteRefresh(o, 60)));
        Assert.Equal("""{"push":{"refresh":{}}}""", Written(o => Pushes.WriteRefresh(o, 0)));
    }

    [Fact]
    public void Any_publication_reads_back_as_it_was_and_stands_on_one_line()
    {
        var text = Gen.Elements("a", "\"", "\\", "\r\n", "\0", "</script>", "é", "😀", "\u2028", "}").ListOf().Select(string.Concat);
        var cases = from t in text from name in text from inString in Gen.Elements(true, false) select (t, name, inString);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var publication = new Publication(Encoding.UTF8.GetBytes(c.t), ContentKind.Text)
            {
                Key = c.name,
                Tags = new Dictionary<string, string> { [c.name] = c.t },
            };

            var written = Written(o => Pushes.WritePublication(o, "news", At, publication, c.inString));

            Assert.DoesNotContain(written, char.IsControl);
            using var json = JsonDocument.Parse(written);
            var pub = json.RootElement.GetProperty("push").GetProperty("pub");
            var data = pub.GetProperty("data").GetString()!;
            Assert.Equal(c.t, c.inString ? JsonSerializer.Deserialize<string>(data) : data);
            Assert.Equal(c.name, pub.TryGetProperty("key", out var key) ? key.GetString() : "");
            Assert.Equal(c.t, pub.GetProperty("tags").GetProperty(c.name).GetString());
        }).QuickCheckThrowOnFailure();
    }

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
