using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Protocol.Tests;

public sealed class CommandReaderPropertyTests
{
    private static readonly string[] Valid =
    [
        """{"id":1,"connect":{"token":"t","data":{"a":["\u00e9",1.5]},"name":"js","subs":{"n\ud83d\ude00":{"recover":true,"epoch":"x","offset":5}}}}""",
        """{"id":2,"subscribe":{"channel":"a","recover":true,"epoch":"xyz","offset":5,"flag":3,"delta":"fossil","tf":{"key":"k"},"type":0}}""",
        """{"id":3,"unsubscribe":{"channel":"a"}}""",
        """{"id":4,"publish":{"channel":"a","data":{"é":[null,true,"x"]},"key":"k"}}""",
        """{"id":5,"presence":{"channel":"a"}}""",
        """{"id":6,"presence_stats":{"channel":"a"}}""",
        """{"id":7,"history":{"channel":"a","limit":10,"since":{"offset":1,"epoch":"e"},"reverse":true}}""",
        """{"id":8,"rpc":{"method":"m","data":-1.0e5}}""",
        """{"send":{"data":"text"}}""",
        """{"id":9,"refresh":{"token":"t"}}""",
        """{"id":10,"sub_refresh":{"channel":"a","token":"t","type":0}}""",
        """{"id":11,"ping":{}}""",
        "{}",
    ];

    private static readonly Gen<string> Text = Gen.Elements("a", "\"", "\\", "\n", "\0", "é", "😀", "{", "null").ListOf().Select(string.Concat);

    [Fact]
    public void Any_changed_frame_ends_in_commands_or_one_violation()
    {
        var frames =
            from lines in Gen.Elements(Valid).ListOf()
            from kept in Gen.Constant(lines.Take(4).ToArray())
            let frame = Encoding.UTF8.GetBytes(string.Join('\n', kept))
            from changes in (from at in Gen.Choose(0, Math.Max(0, frame.Length - 1))
                             from value in Gen.Choose(0, 255)
                             from kind in Gen.Choose(0, 3)
                             select (at, (byte)value, kind)).ListOf()
            select changes.Take(3).Aggregate(frame, Changed);

        Prop.ForAll(frames.ToArbitrary(), frame =>
        {
            var (commands, violation) = Frames.Read(frame);

            Assert.True(violation == Disconnect.BadRequest || (violation is null && commands.Count > 0));
            Assert.All(commands, c => Assert.Equal(c is PongCommand || (c is SendCommand && c.Id == 0), c.Id == 0));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10_000));
    }

    [Fact]
    public void Any_pieces_of_commands_end_in_commands_or_one_violation()
    {
        string[] pieces =
        [
            "{", "}", "[", "]", ",", ":", "\n", "\r", "\"id\":", "1", "\"connect\":{", "\"subs\":{", "\"a\":{", "\"data\":", "\"send\":{", "\"tf\":",
            "\"\\ud800\"", "\"\\ud800\":", "\"i\\u0064\":", "\"since\":{", "true", "\"", "\\", "é", "null", "\"offset\":", "-", "1e9999",
        ];

        Prop.ForAll(Gen.Elements(pieces).ListOf().Select(p => "{" + string.Concat(p) + "}").ToArbitrary(), frame =>
        {
            var (commands, violation) = Frames.Read(frame);

            Assert.True(violation == Disconnect.BadRequest || (violation is null && commands.Count > 0));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
    }

    [Fact]
    public void Any_command_written_as_JSON_is_read_as_it_was()
    {
        var cases =
            from room in Text
            from token in Text
            from epoch in Text
            from offset in Gen.Choose(0, int.MaxValue)
            from flags in Gen.Choose(0, 15)
            from id in Gen.Choose(1, int.MaxValue)
            select (Id: (uint)id, room, token, epoch, Offset: (ulong)offset << 30, flags);

        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var data = new { c.room, nested = new[] { c.token } };
            var frame = JsonSerializer.SerializeToUtf8Bytes(new
            {
                id = c.Id,
                subscribe = new
                {
                    channel = c.room,
                    c.token,
                    recover = (c.flags & 1) != 0,
                    c.epoch,
                    offset = c.Offset,
                    data,
                    positioned = (c.flags & 2) != 0,
                    recoverable = (c.flags & 4) != 0,
                    join_leave = (c.flags & 8) != 0,
                    flag = (long)c.flags,
                },
            });

            var (commands, violation) = Frames.Read(frame);

            Assert.Null(violation);
            var command = Assert.IsType<SubscribeCommand>(Assert.Single(commands));
            Assert.Equal(JsonSerializer.Serialize(data), Frames.Text(command.Data));
            Assert.Equal(
                new SubscribeCommand(c.Id, c.room)
                {
                    Token = c.token,
                    Recover = (c.flags & 1) != 0,
                    Position = new(c.epoch, c.Offset),
                    Data = command.Data,
                    Positioned = (c.flags & 2) != 0,
                    Recoverable = (c.flags & 4) != 0,
                    JoinLeave = (c.flags & 8) != 0,
                    Flag = c.flags,
                },
                command);
        }).QuickCheckThrowOnFailure();
    }

    private static byte[] Changed(byte[] frame, (int At, byte Value, int Kind) change)
    {
        var at = Math.Min(change.At, frame.Length);
        var after = Math.Min(at + 1, frame.Length);
        return change.Kind switch
        {
            0 => [.. frame[..at], .. frame[after..]],
            1 => [.. frame[..at], change.Value, .. frame[at..]],
            2 => frame[..at],
            _ => [.. frame[..at], change.Value, .. frame[after..]],
        };
    }
}
