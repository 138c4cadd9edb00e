using System.Text;

namespace Broadcast.Protocol.Tests;

public sealed class CommandReaderTests
{
    [Fact]
    public void A_client_connects_with_all_it_may_say()
    {
        var command = Assert.IsType<ConnectCommand>(One(
            """
            {"id":1,"connect":{"token":"t","data":{"a": [1]},"name":"js","version":"5.7.1","headers":{"h":"v"},"flag":1,
            "subs":{"news":{"recover":true,"epoch":"xyz","offset":5},"chat":{}}}}
            """));

        Assert.Equal((1u, "t", "js", "5.7.1"), (command.Id, command.Token, command.Name, command.Version));
        Assert.Equal("""{"a": [1]}""", Frames.Text(command.Data));
        Assert.Equal(["chat", "news"], command.Subs.Keys.Order());
        Assert.Equal(new SubscribeCommand(0, "news") { Recover = true, Position = new("xyz", 5) }, command.Subs["news"]);
        Assert.Equal(new SubscribeCommand(0, "chat"), command.Subs["chat"]);
    }

    [Fact]
    public void A_client_connects_with_nothing()
    {
        var command = Assert.IsType<ConnectCommand>(One("""{"connect":{},"id":4294967295}"""));

        Assert.Equal((uint.MaxValue, "", "", ""), (command.Id, command.Token, command.Name, command.Version));
        Assert.Null(command.Data);
        Assert.Empty(command.Subs);
    }

    [Fact]
    public void A_room_to_recover_on_connecting_is_the_one_it_stands_under() =>
        Assert.Equal("a", Assert.IsType<ConnectCommand>(One("""{"id":1,"connect":{"subs":{"a":{"channel":"b"}}}}""")).Subs["a"].Room);

    [Fact]
    public void A_client_subscribes_with_all_it_may_say()
    {
        var command = Assert.IsType<SubscribeCommand>(One(
            """
            {"id":2,"subscribe":{"channel":"news","token":"t","recover":true,"epoch":"xyz","offset":18446744073709551615,"data":"d",
            "positioned":true,"recoverable":true,"join_leave":true,"delta":"fossil","tf":{"key":"k","cmp":"eq","val":"v"},"flag":3,
            "type":4,"phase":2,"cursor":"c","limit":100,"asc":true}}
            """));

        Assert.Equal("\"d\"", Frames.Text(command.Data));
        Assert.Equal(SubscribeCommand.ChannelCompaction | SubscribeCommand.RejectUnrecovered, command.Flag);
        Assert.Equal(
            new SubscribeCommand(2, "news")
            {
                Token = "t",
                Recover = true,
                Position = new("xyz", ulong.MaxValue),
                Data = command.Data,
                Positioned = true,
                Recoverable = true,
                JoinLeave = true,
                Delta = "fossil",
                HasTagsFilter = true,
                Flag = 3,
                Type = 4,
            },
            command);
    }

    public static TheoryData<string, object> Plain => new()
    {
        { """{"id":1,"subscribe":{"channel":"a"}}""", new SubscribeCommand(1, "a") },
        { """{"id":1,"subscribe":{"channel":"a","offset":3}}""", new SubscribeCommand(1, "a") { Position = new("", 3) } },
        { """{"id":1,"subscribe":{}}""", new SubscribeCommand(1, "") },
        { """{"id":1,"unsubscribe":{"channel":"a"}}""", new UnsubscribeCommand(1, "a") },
        { """{"id":1,"publish":{"channel":"a"}}""", new RoomPublishCommand(1, "a") },
        {
            """{"id":1,"publish":{"channel":"a","type":1,"key":"k","removed":true}}""",
            new RoomPublishCommand(1, "a") { Type = 1, Key = "k", Removed = true }
        },
        { """{"id":1,"presence":{"channel":"a"}}""", new PresenceCommand(1, "a") },
        { """{"id":1,"presence_stats":{"channel":"a"}}""", new PresenceStatsCommand(1, "a") },
        { """{"id":1,"history":{"channel":"a"}}""", new HistoryCommand(1, "a") },
        {
            """{"id":1,"history":{"channel":"a","limit":-1,"since":{"offset":5,"epoch":"e"},"reverse":true}}""",
            new HistoryCommand(1, "a") { Limit = -1, Since = new StreamPosition("e", 5), Reverse = true }
        },
        { """{"id":1,"history":{"channel":"a","since":{}}}""", new HistoryCommand(1, "a") { Since = new StreamPosition("", 0) } },
        { """{"id":1,"ping":{}}""", new PingCommand(1) },
        { """{"send":{}}""", new SendCommand(0, null) },
        { """{"id":3,"send":{}}""", new SendCommand(3, null) },
        { """{"id":1,"rpc":{"method":"m"}}""", new RpcCommand(1, "m", null) },
        { """{"id":1,"refresh":{"token":"t"}}""", new RefreshCommand(1, "t") },
        { """{"id":1,"sub_refresh":{"channel":"a","token":"t"}}""", new SubRefreshCommand(1, "a", "t") },
        {
            """{"id":1,"sub_refresh":{"channel":"a","type":1,"track":[{"signature":"s","items":[{"key":"k","version":1}]}]}}""",
            new SubRefreshCommand(1, "a", "") { Type = 1 }
        },
        { "{}", new PongCommand() },
        { """{"id":0}""", new PongCommand() },
    };

    [Theory]
    [MemberData(nameof(Plain))]
    public void Each_command_is_read(string frame, object command) => Assert.Equal(command, (object)One(frame));

    [Theory]
    [InlineData("""{"id":1,"publish":{"channel":"a","data":{"a": [1.50, "\u00e9", null]} }}""", """{"a": [1.50, "\u00e9", null]}""")]
    [InlineData("""{"id":1,"publish":{"channel":"a","data":"é"}}""", "\"é\"")]
    [InlineData("""{"id":1,"publish":{"channel":"a","data":null}}""", "null")]
    [InlineData("""{"id":1,"publish":{"channel":"a","data": [ ] }}""", "[ ]")]
    [InlineData("""{"id":1,"rpc":{"method":"m","data":-1e3}}""", "-1e3")]
    [InlineData("""{"send":{"data":false}}""", "false")]
    public void A_payload_is_the_very_bytes_it_came_in(string frame, string data) => Assert.Equal(data, Frames.Text(Data(One(frame))));

    [Fact]
    public void A_payload_may_be_as_deep_as_on_any_other_path_wherever_it_stands()
    {
        string[] around =
        [
            """{"send":{"data":*}}""",
            """{"id":1,"connect":{"data":*}}""",
            """{"id":1,"connect":{"subs":{"a":{"data":*}}}}""",
        ];

        Assert.All(around, frame => Assert.Null(Frames.Read(frame.Replace("*", Nested(64), StringComparison.Ordinal)).Violation));
        Assert.All(around, frame => Assert.Equal(
            Disconnect.BadRequest, Frames.Read(frame.Replace("*", Nested(65), StringComparison.Ordinal)).Violation));

        static string Nested(int depth) => string.Concat(Enumerable.Repeat("[{\"a\":", depth / 2)) + (depth % 2 == 0 ? "1" : "[]")
            + string.Concat(Enumerable.Repeat("}]", depth / 2));
    }

    [Theory]
    [InlineData("""{"id":1,"connect":{"token":null,"data":null,"subs":null,"name":null}}""")]
    [InlineData("""{"id":1,"connect":{},"subscribe":null,"later":{"x":[1]}}""")]
    [InlineData("""{"id":1,"connect":{"later":{"id":2,"connect":{}},"token":""}}""")]
    [InlineData("""{"\u0069d":1,"connec\u0074":{}}""")]
    public void What_is_null_or_not_known_is_passed_over(string frame) => Assert.Equal(1u, Assert.IsType<ConnectCommand>(One(frame)).Id);

    [Theory]
    [InlineData("{}\n{\"send\":{}}")]
    [InlineData("{}\r\n{\"send\":{}}\r\n")]
    [InlineData(" \n {} \n\n\t{\"send\":{}}\n ")]
    public void Commands_stand_one_a_line_with_white_space_around_them(string frame)
    {
        var (commands, violation) = Frames.Read(frame);

        Assert.Equal([new PongCommand(), new SendCommand(0, null)], commands);
        Assert.Null(violation);
    }

    [Fact]
    public void Commands_before_a_bad_one_are_carried_out_and_none_after_it()
    {
        var (commands, violation) = Frames.Read("{}\n{\"send\":{}}\n{\"id\":1}\n{}");

        Assert.Equal(2, commands.Count);
        Assert.Equal(Disconnect.BadRequest, violation);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\r\n\n")]
    [InlineData("hello")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("\"{}\"")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{} {}")]
    [InlineData("{}]")]
    [InlineData("{} // pong")]
    [InlineData("{\n}")]
    [InlineData("""{"send":{},}""")]
    [InlineData("""{"id":1}""")]
    [InlineData("""{"id":1,"connect":null}""")]
    [InlineData("""{"id":1,"dance":{}}""")]
    [InlineData("""{"connect":{}}""")]
    [InlineData("""{"id":0,"subscribe":{"channel":"a"}}""")]
    [InlineData("""{"ping":{}}""")]
    [InlineData("""{"id":1,"connect":{},"subscribe":{}}""")]
    [InlineData("""{"id":1,"send":{},"rpc":{}}""")]
    [InlineData("""{"id":1,"presence":{"channel":"a"},"presence":{"channel":"a"}}""")]
    [InlineData("""{"id":-1,"connect":{}}""")]
    [InlineData("""{"id":4294967296,"connect":{}}""")]
    [InlineData("""{"id":1.5,"connect":{}}""")]
    [InlineData("""{"id":1e400,"connect":{}}""")]
    [InlineData("""{"id":"1","connect":{}}""")]
    [InlineData("""{"id":1,"connect":[]}""")]
    [InlineData("""{"id":1,"connect":true}""")]
    [InlineData("""{"id":1,"connect":{"token":1}}""")]
    [InlineData("""{"id":1,"connect":{"subs":[]}}""")]
    [InlineData("""{"id":1,"connect":{"subs":{"a":true}}}""")]
    [InlineData("""{"id":1,"connect":{"token":"\ud800"}}""")]
    [InlineData("""{"id":1,"connect":{"subs":{"\udc00":{}}}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":["a"]}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"a","recover":1}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"a","offset":-1}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"a","offset":18446744073709551616}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"a","offset":"5"}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"a","flag":9223372036854775808}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"a","type":2147483648}}""")]
    [InlineData("""{"id":1,"subscribe":{"channel":"a","tf":"x"}}""")]
    [InlineData("""{"id":1,"history":{"channel":"a","limit":2147483648}}""")]
    [InlineData("""{"id":1,"history":{"channel":"a","since":5}}""")]
    [InlineData("""{"id":1,"ping":1}""")]
    [InlineData("""{"id":1,"publish":{"channel":"a","data":}}""")]
    [InlineData("""{"id":1,"publish":{"channel":"a","data":01}}""")]
    public void Anything_else_ends_the_connection(string frame)
    {
        var (commands, violation) = Frames.Read(frame);

        Assert.Empty(commands);
        Assert.Equal(Disconnect.BadRequest, violation);
    }

    [Fact]
    public void A_command_between_two_that_follow_on_one_line_is_none()
    {
        var (commands, violation) = Frames.Read("{}\n{}{}");

        Assert.Single(commands);
        Assert.Equal(Disconnect.BadRequest, violation);
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_end_the_connection() =>
        Assert.Equal(Disconnect.BadRequest, Frames.Read([.. "{\"send\":{\"data\":\""u8, 0xC0, .. "\"}}"u8]).Violation);

    [Fact]
    public void A_command_never_shares_the_bytes_it_was_read_from()
    {
        var frame = """{"send":{"data":[1]}}"""u8.ToArray();
        Assert.True(new CommandReader(frame).TryRead(out var command));

        frame.AsSpan().Fill((byte)'x');

        Assert.Equal("[1]", Frames.Text(Data(command)));
    }

    private static ReadOnlyMemory<byte>? Data(ClientCommand command) => command switch
    {
        RoomPublishCommand publish => publish.Data,
        RpcCommand rpc => rpc.Data,
        SendCommand send => send.Data,
        _ => null,
    };

    private static ClientCommand One(string frame)
    {
        var (commands, violation) = Frames.Read(frame.ReplaceLineEndings(""));

        Assert.Null(violation);
        return Assert.Single(commands);
    }
}
