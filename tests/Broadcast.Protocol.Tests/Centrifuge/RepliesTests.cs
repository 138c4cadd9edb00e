using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Protocol.Tests;

public sealed class RepliesTests
{
    private static readonly StreamPosition At = new("h7Kq2x", 43);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly StoredPublication[] Publications =
    [
        new(42, new Publication("""{"a":1}"""u8.ToArray(), ContentKind.Json)),
        new(43, new Publication("x"u8.ToArray(), ContentKind.Text) { Key = "k" }),
    ];

    [Fact]
    public void A_ping_is_an_empty_reply() => Assert.Equal("{}", Encoding.UTF8.GetString(Replies.Ping.Span));

    [Fact]
    public void An_error_says_whether_it_may_pass()
    {
        Assert.Equal(
            """{"id":1,"error":{"code":103,"message":"permission denied"}}""",
            Written(o => Replies.WriteError(o, 1, ErrorCode.PermissionDenied)));
        Assert.Equal(
            """{"id":1,"error":{"code":100,"message":"One sentence.","temporary":true}}""",
            Written(o => Replies.WriteError(o, 1, ErrorCode.Internal, "One sentence.")));
    }

    [Fact]
    public void A_client_is_told_all_on_connecting() => Assert.Equal(
        """
        {"id":1,"connect":{"client":"c1","version":"0.2","expires":true,"ttl":60,"data":{"a": 1},
        "subs":{"news":{"recoverable":true,"epoch":"h7Kq2x","offset":43,"positioned":true}},"ping":25,"pong":true,"session":"s","node":"n"}}
        """.ReplaceLineEndings(""),
        Written(o => Replies.WriteConnect(o, 1, new ConnectResult("c1")
        {
            Version = "0.2",
            Ttl = 60,
            Data = "{\n\"a\": 1\r\n}"u8.ToArray(),
            Subs = new Dictionary<string, SubscribeResult> { ["news"] = new() { Position = At, Positioned = true, Recoverable = true } },
            Ping = 25,
            Pong = true,
            Session = "s",
            Node = "n",
        })));

    [Fact]
    public void A_client_is_told_no_more_than_there_is_on_connecting() => Assert.Equal(
        """{"id":1,"connect":{"client":"c1"}}""", Written(o => Replies.WriteConnect(o, 1, new ConnectResult("c1"))));

    [Fact]
    public void A_recovered_subscription_brings_what_was_missed() => Assert.Equal(
        """
        {"id":2,"subscribe":{"expires":true,"ttl":30,"recoverable":true,"epoch":"h7Kq2x","offset":41,
        "publications":[{"data":{"a":1},"offset":42},{"data":"x","offset":43,"key":"k"}],
        "recovered":true,"positioned":true,"data":1,"was_recovering":true}}
        """.ReplaceLineEndings(""),
        Written(o => Replies.WriteSubscribe(o, 2, new SubscribeResult
        {
            Ttl = 30,
            Position = new("h7Kq2x", 41),
            Positioned = true,
            Recoverable = true,
            WasRecovering = true,
            Recovered = true,
            Publications = Publications,
            Data = "1"u8.ToArray(),
        })));

    [Fact]
    public void A_plain_subscription_says_nothing_more_than_that() =>
        Assert.Equal("""{"id":2,"subscribe":{}}""", Written(o => Replies.WriteSubscribe(o, 2, new SubscribeResult())));

    [Fact]
    public void With_delta_every_payload_is_the_text_of_its_JSON()
    {
        using var json = JsonDocument.Parse(Written(o => Replies.WriteSubscribe(
            o, 2, new SubscribeResult { Publications = Publications, Delta = true })));
        var result = json.RootElement.GetProperty("subscribe");

        Assert.True(result.GetProperty("delta").GetBoolean());
        Assert.Equal(
            ["{\"a\":1}", "\"x\""],
            result.GetProperty("publications").EnumerateArray().Select(p => p.GetProperty("data").GetString()));
    }

    [Fact]
    public void A_reply_that_says_nothing_still_names_its_command()
    {
        Assert.Equal("""{"id":3,"unsubscribe":{}}""", Written(o => Replies.WriteUnsubscribe(o, 3)));
        Assert.Equal("""{"id":3,"publish":{}}""", Written(o => Replies.WritePublish(o, 3)));
        Assert.Equal("""{"id":3,"rpc":{}}""", Written(o => Replies.WriteRpc(o, 3, null)));
        Assert.Equal("""{"id":3,"sub_refresh":{}}""", Written(o => Replies.WriteSubRefresh(o, 3, 0)));
    }

    [Fact]
    public void A_call_is_answered_with_its_data() =>
        Assert.Equal("""{"id":3,"rpc":{"data":{"year":2026}}}""", Written(o => Replies.WriteRpc(o, 3, "{\"year\":\n2026}"u8.ToArray())));

    [Fact]
    public void A_refresh_says_when_the_next_is_due()
    {
        Assert.Equal(
            """{"id":4,"refresh":{"client":"c1","version":"0.2","expires":true,"ttl":60}}""",
            Written(o => Replies.WriteRefresh(o, 4, "c1", "0.2", 60)));
        Assert.Equal("""{"id":4,"sub_refresh":{"expires":true,"ttl":60}}""", Written(o => Replies.WriteSubRefresh(o, 4, 60)));
    }

    [Fact]
    public void Presence_names_every_client_under_its_id()
    {
        Assert.Equal("""{"id":5,"presence":{"presence":{}}}""", Written(o => Replies.WritePresence(o, 5, [])));
        Assert.Equal(
            """{"id":5,"presence":{"presence":{"c1":{"user":"","client":"c1"},"c2":{"user":"u","client":"c2","conn_info":{"n":1}}}}}""",
            Written(o => Replies.WritePresence(o, 5, [new ClientInfo("c1", ""), new ClientInfo("c2", "u", "{\"n\":1}"u8.ToArray())])));
    }

    [Fact]
    public void Presence_stats_say_zero_where_nobody_is() => Assert.Equal(
        """{"id":6,"presence_stats":{"num_clients":0,"num_users":0}}""", Written(o => Replies.WritePresenceStats(o, 6, 0, 0)));

    [Fact]
    public void History_says_all_even_where_there_is_none()
    {
        Assert.Equal(
            """{"id":7,"history":{"publications":[],"epoch":"h7Kq2x","offset":0}}""",
            Written(o => Replies.WriteHistory(o, 7, [], new StreamPosition("h7Kq2x", 0))));
        Assert.Equal(
            """{"id":7,"history":{"publications":[{"data":{"a":1},"offset":42},{"data":"x","offset":43,"key":"k"}],"epoch":"h7Kq2x","offset":43}}""",
            Written(o => Replies.WriteHistory(o, 7, Publications, At)));
    }

    [Fact]
    public void Any_reply_stands_on_one_line_and_reads_back_as_it_was()
    {
        var text = Gen.Elements("a", "\"", "\\", "\r\n", "\0", "é", "😀", "\u2028", "}").ListOf().Select(string.Concat);
        var cases = from user in text from epoch in text from data in text from offset in Gen.Choose(1, int.MaxValue) select (user, epoch, data, (ulong)offset);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var (user, epoch, data, offset) = c;
            var value = JsonSerializer.SerializeToUtf8Bytes(new { a = data }, Indented);
            var publication = new Publication(value, ContentKind.Json) { Info = new ClientInfo(user, user, value) };

            var written = Written(o => Replies.WriteSubscribe(o, 1, new SubscribeResult
            {
                Position = new(epoch, offset),
                Publications = [new(offset, publication)],
                Data = value,
            }));

            Assert.DoesNotContain(written, char.IsControl);
            using var json = JsonDocument.Parse(written);
            var result = json.RootElement.GetProperty("subscribe");
            Assert.Equal(epoch, result.TryGetProperty("epoch", out var given) ? given.GetString() : "");
            Assert.Equal(offset, result.GetProperty("offset").GetUInt64());
            Assert.Equal(data, result.GetProperty("data").GetProperty("a").GetString());
            var pub = result.GetProperty("publications")[0];
            Assert.Equal(data, pub.GetProperty("data").GetProperty("a").GetString());
            Assert.Equal(user, pub.GetProperty("info").GetProperty("client").GetString());
            Assert.Equal(data, pub.GetProperty("info").GetProperty("conn_info").GetProperty("a").GetString());
        }).QuickCheckThrowOnFailure();
    }

    private static string Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
