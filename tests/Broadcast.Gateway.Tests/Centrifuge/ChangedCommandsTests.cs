using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Gateway.Tests.Centrifuge;

/// <summary>Clients that say nearly the right thing, to a whole node.</summary>
public sealed class ChangedCommandsTests
{
    private const uint Last = 4_000_000_000;

    private static readonly string[] s_valid =
    [
        """{"id":1,"connect":{"data":{"a":["\u00e9",1.5]},"name":"js","subs":{"n":{"recover":true,"epoch":"x","offset":5}}}}""",
        """{"id":2,"subscribe":{"channel":"a"}}""",
        """{"id":2,"subscribe":{"channel":"a","recover":true,"epoch":"xyz","offset":5,"join_leave":true,"flag":3,"delta":"fossil","type":0}}""",
        """{"id":2,"subscribe":{"channel":"b","recover":true,"offset":1,"tf":{"key":"k"}}}""",
        """{"id":3,"unsubscribe":{"channel":"a"}}""",
        """{"id":4,"publish":{"channel":"a","data":{"é":[null,true,"x"]},"key":"k"}}""",
        """{"id":5,"presence":{"channel":"a"}}""",
        """{"id":6,"presence_stats":{"channel":"a"}}""",
        """{"id":7,"history":{"channel":"a","limit":10,"since":{"offset":1,"epoch":"e"},"reverse":true}}""",
        """{"id":7,"history":{"channel":"a","limit":-1}}""",
        """{"id":8,"rpc":{"method":"m","data":-1.0e5}}""",
        """{"send":{"data":"text"}}""",
        """{"id":9,"refresh":{"token":"t"}}""",
        """{"id":10,"sub_refresh":{"channel":"a","token":"t","type":0}}""",
        """{"id":11,"ping":{}}""",
        "{}",
    ];

    private static readonly HashSet<int> s_errors = [103, 105, 106, 107, 108, 112];
    private static readonly HashSet<int> s_ends = [1007, 3500, 3501, 3508];

    private static readonly Gen<byte[]> s_frames =
        from lines in Gen.Elements(s_valid).ListOf()
        let frame = Encoding.UTF8.GetBytes(string.Join('\n', lines.Take(5)))
        from changes in (from at in Gen.Choose(0, Math.Max(0, frame.Length - 1))
                         from value in Gen.OneOf(Gen.Choose(0, 255), Gen.Choose('0', '9'), Gen.Elements<int>('"', '{', '}', ',', ':', '\n'))
                         from kind in Gen.Choose(0, 3)
                         select (at, (byte)value, kind)).ListOf()
        select changes.Take(3).Aggregate(frame, Changed);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("row", "S5.16")]
    public async Task Whatever_a_client_says_it_is_answered_or_sent_away_with_a_code_that_is_documented(bool connects)
    {
        await using var node = await GatewayNode.StartAsync(Way.InMemory);
        for (var i = 0; i < 3; i++)
        {
            await node.PublishAsync("a", "before");
        }

        // Elsewhere than on the test's own context, which the waiting of the checker would hold up.
        await Task.Run(() => Prop.ForAll(s_frames.ToArbitrary(), frame => TalkAsync(node, frame, connects)).Check(Config.QuickThrowOnFailure.WithMaxTest(400)));

        await node.AllGoneAsync();
        Assert.Equal(0, node.Hub.FindRoom("a")?.Presence.Count ?? 0);
    }

    /// <summary>Commands are carried out in order: once the last is answered, so are all the others.</summary>
    private static async Task TalkAsync(GatewayNode node, byte[] frame, bool connects)
    {
        var client = await node.CentrifugeAsync();
        if (connects)
        {
            await client.SendAsync("""{"id":1,"connect":{}}""");
        }

        await client.SendTextAsync(frame);
        await client.SendAsync($$$"""{"id":{{{Last}}},"rpc":{}}""");
        for (var isOver = false; !isOver;)
        {
            var said = await client.ReadAsync();
            if (said.Type == WebSocketMessageType.Close)
            {
                Assert.Contains(said.CloseCode!.Value, s_ends);
                return;
            }

            isOver = said.Text.Split('\n').Any(line => IsLast(JsonSerializer.Deserialize<JsonElement>(line)));
        }

        await client.CloseAsync(1000);
    }

    private static bool IsLast(JsonElement said)
    {
        if (said.TryGetProperty("push", out _))
        {
            return false;
        }

        var id = said.GetProperty("id").GetUInt32();
        if (said.TryGetProperty("error", out var error))
        {
            Assert.Contains(error.GetProperty("code").GetInt32(), s_errors);
        }

        return id == Last;
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
