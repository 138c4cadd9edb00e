using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Protocol.Tests;

public sealed class ServerSentEventTests
{
    private static readonly string[] Pieces =
        ["a", " ", ":", "\r", "\n", "\r\n", "\n\n", "\0", "event: evil", "id: 7", "data:", "retry: 1", "é", "😀", "\uFEFF", "\u2028"];

    [Fact]
    [Trait("row", "S4.3")]
    public void An_event_is_its_fields_and_a_blank_line()
    {
        Assert.Equal("id: 43.h7Kq2x\nevent: news\ndata: hello\n\n", Written(o => ServerSentEvent.Write(o, "43.h7Kq2x", "news", "hello"u8)));
    }

    [Theory]
    [InlineData("a\nb", "data: a\ndata: b\n\n")]
    [InlineData("a\rb", "data: a\ndata: b\n\n")]
    [InlineData("a\r\nb", "data: a\ndata: b\n\n")]
    [InlineData("a\n\rb", "data: a\ndata: \ndata: b\n\n")]
    [InlineData("a\n", "data: a\ndata: \n\n")]
    [InlineData("", "data: \n\n")]
    [Trait("row", "S4.4")]
    public void Each_line_of_the_data_is_a_data_line(string data, string written)
    {
        Assert.Equal(written, Written(o => ServerSentEvent.WriteEventAndData(o, null, Encoding.UTF8.GetBytes(data))));
    }

    [Fact]
    [Trait("row", "S4.4")]
    [Trait("row", "S4.5")]
    [Trait("row", "S4.6")]
    public void Whatever_the_data_and_the_names_are_a_browser_sees_the_same_and_nothing_else()
    {
        var text = Gen.Elements(Pieces).ListOf().Select(string.Concat);
        var id = Gen.Elements("43.h7Kq2x", "1.a,2.b", "0.e", " x", "é");
        var events = (from i in id from e in text from d in text select (Id: i, Event: e, Data: d)).ListOf();

        Prop.ForAll(events.ToArbitrary(), all =>
        {
            var output = new ArrayBufferWriter<byte>();
            ServerSentEvent.WriteRetry(output, TimeSpan.FromSeconds(5));
            foreach (var (i, e, d) in all)
            {
                ServerSentEvent.Write(output, i, e, Encoding.UTF8.GetBytes(d));
            }

            var stream = EventStream.Of(output.WrittenSpan);

            Assert.Equal(all.Select(x => (Name(x.Event), Lines(x.Data), x.Id)), stream.Events);
            Assert.Equal(5_000, stream.Retry);
        }).QuickCheckThrowOnFailure();

        static string Name(string name)
        {
            var clean = string.Concat(name.Split('\r', '\n', '\0'));
            return clean.Length == 0 ? "message" : clean;
        }

        static string Lines(string data) => data.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
    }

    [Theory]
    [InlineData("4\n2")]
    [InlineData("4\r2")]
    [InlineData("4\02")]
    [Trait("row", "S4.6")]
    public void An_id_that_a_client_would_misread_is_not_written(string id)
    {
        var output = new ArrayBufferWriter<byte>();

        Assert.Throws<ArgumentException>(() => ServerSentEvent.Write(output, id, null, "x"u8));
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    [Trait("row", "S4.6")]
    public void An_id_and_the_shared_rest_make_the_same_event_as_written_at_once()
    {
        var parts = Written(o =>
        {
            ServerSentEvent.WriteId(o, "7.e");
            ServerSentEvent.WriteEventAndData(o, "n", "a\nb"u8);
        });

        Assert.Equal(Written(o => ServerSentEvent.Write(o, "7.e", "n", "a\nb"u8)), parts);
    }

    [Fact]
    [Trait("row", "S4.7")]
    [Trait("row", "S4.8")]
    public void A_stream_opens_with_the_time_to_reconnect_a_position_and_the_name_of_the_client()
    {
        var output = new ArrayBufferWriter<byte>();
        ServerSentEvent.WriteOpening(output, TimeSpan.FromSeconds(5), "42.e", "c1");

        Assert.Equal("retry: 5000\nid: 42.e\nevent: connection\ndata: Connected! You are client c1\n\n", Encoding.UTF8.GetString(output.WrittenSpan));
        var stream = EventStream.Of(output.WrittenSpan);
        Assert.Equal("connection", Assert.Single(stream.Events).Type);
        Assert.Equal((5_000, "42.e"), (stream.Retry, stream.LastId));
    }

    [Fact]
    [Trait("row", "S4.7")]
    public void A_negative_time_to_reconnect_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Written(o => ServerSentEvent.WriteRetry(o, TimeSpan.FromMilliseconds(-1))));
    }

    [Fact]
    public void A_comment_is_nothing_to_a_browser()
    {
        var stream = EventStream.Of([.. ServerSentEvent.Comment.Span, .. "data: x\n\n"u8]);

        Assert.Equal([("message", "x", "")], stream.Events);
    }

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
