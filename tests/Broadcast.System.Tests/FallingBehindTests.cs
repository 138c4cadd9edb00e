using System.Globalization;
using System.Text.Json;
using Xunit.Abstractions;

namespace Broadcast.SystemTests;

/// <summary>One client that does not read for a while, in rooms with each of the rules for it.</summary>
public sealed class FallingBehindTests(ITestOutputHelper output)
{
    private const int MaxBehind = 32;
    private const int NotSentLowAt = 64 << 10;
    private const int PublicationBytes = 4 << 10;
    private const int Keys = 10;

    /// <summary>A publication in its envelope.</summary>
    private const int Frame = PublicationBytes + 128;

    /// <summary>Asked for by the client, so that little is on its way to it; the kernel takes twice of it.</summary>
    private const int ReceiveBuffer = 16 << 10;

    /// <summary>Published while the client stays where it is: two megabytes, of which a history has a few times as much.</summary>
    private const int Missed = 500;

    [SystemFact]
    [Trait("row", "S1.8")]
    public async Task Latest_gives_the_newest_after_little_that_is_stale()
    {
        await using var node = await StartAsync("Latest");
        using var client = await SocketClient.OpenAsync(node.Port, "room", receiveBuffer: ReceiveBuffer);
        var newest = await FallBehindAsync(node, client);
        var before = client.Raw.Received - client.Raw.Unread.Length;

        var heard = await ReadToAsync(client, newest);

        var stale = client.Raw.Received - client.Raw.Unread.Length - before - Frame;
        output.WriteLine($"{stale >> 10} KiB of stale bytes, of {newest * PublicationBytes >> 10} KiB published; the receive buffer has {client.Raw.ReceiveBufferSize >> 10} KiB");

        // The frame it was in, what the kernel takes without a place for it, the segment with which it passes that (at most half of what
        // the client has room for), and what the client's own buffer has.
        var bound = Frame + NotSentLowAt + (client.Raw.ReceiveBufferSize / 2) + client.Raw.ReceiveBufferSize;
        Assert.InRange(stale, 0, bound);
        AssertWhole(heard, newest, "latest");
        Assert.Equal(newest - 1, heard.Gaps[^1].To);
        Assert.Equal(newest, heard.Offsets[^1]);
        await node.AssertNoFaultAsync();
    }

    [SystemFact]
    [Trait("row", "S1.8")]
    public async Task Skip_tells_exactly_what_is_missing()
    {
        await using var node = await StartAsync("Skip");
        using var client = await SocketClient.OpenAsync(node.Port, "room", receiveBuffer: ReceiveBuffer);
        var newest = await FallBehindAsync(node, client);

        var heard = await ReadToAsync(client, newest);

        heard.Gaps.ForEach(gap => output.WriteLine($"{gap.From} to {gap.To} of {newest} were left out"));
        AssertWhole(heard, newest, "behind");
        Assert.Equal(newest - MaxBehind, heard.Gaps[^1].To);
        Assert.DoesNotContain(heard.Offsets, o => heard.Gaps.Exists(g => g.From <= o && o <= g.To));
        await node.AssertNoFaultAsync();
    }

    [SystemFact]
    [Trait("row", "S1.8")]
    public async Task Conflate_gives_the_newest_of_each_key()
    {
        await using var node = await StartAsync("Conflate");
        using var client = await SocketClient.OpenAsync(node.Port, "room", receiveBuffer: ReceiveBuffer);
        var newest = await FallBehindAsync(node, client);

        var heard = await ReadToAsync(client, newest);

        AssertWhole(heard, newest, "conflated");
        Assert.Equal(newest, heard.Gaps[^1].To);
        Assert.Equal(Range(newest - Keys + 1, newest), heard.Offsets.TakeLast(Keys));

        // From here on it is live again.
        await PublishAsync(node, newest + 1);
        Assert.Equal(newest + 1, Assert.Single((await ReadToAsync(client, newest + 1)).Offsets));
        await node.AssertNoFaultAsync();
    }

    [SystemFact]
    [Trait("row", "S1.7")]
    [Trait("row", "S1.8")]
    public async Task Resync_loses_nothing()
    {
        await using var node = await StartAsync("Resync");
        using var client = await SocketClient.OpenAsync(node.Port, "room", receiveBuffer: ReceiveBuffer);
        var newest = await FallBehindAsync(node, client);

        var heard = await ReadToAsync(client, newest);

        Assert.Empty(heard.Gaps);
        Assert.Equal(heard.Offsets, Range(1, newest));
        Assert.InRange(await node.MetricAsync("broadcast_history_reads_total"), 1, 1_000);
        await node.AssertNoFaultAsync();
    }

    [SystemFact]
    [Trait("row", "S1.8")]
    public async Task Disconnect_resets_a_client_that_does_not_read()
    {
        await using var node = await StartAsync("Disconnect");
        using var client = await SocketClient.OpenAsync(node.Port, "room", receiveBuffer: ReceiveBuffer);
        await Until.TrueAsync(
            async () =>
            {
                await node.PublishAsync("room", new string('x', PublicationBytes));
                return await node.MetricAsync("broadcast_connections") == 0;
            },
            () => "It is still connected.");

        // What was in its own buffer it may still read.
        while (await client.ReadAsync() is { } message)
        {
            Assert.NotEqual(SocketMessage.Close, message.Opcode);
        }

        Assert.True(client.WasReset);
        Assert.Equal(1, await node.MetricAsync("broadcast_resets_total"));
        await node.AssertNoFaultAsync();
    }

    private static Task<ServerNode> StartAsync(string rule) => ServerNode.StartAsync(new
    {
        NotSentLowAt,
        Hub = new { Connections = new { Heartbeat = "01:00:00", StallTimeout = "01:00:00" } },
        Rooms = new[] { ServerNode.Rule("*", new { FallingBehind = rule, MaxBehind, Window = new { MaxCount = 256 } }) },
    });

    /// <summary>Publishes until the client, which does not read, is parked and has stayed where it was while much was published.</summary>
    /// <returns>The newest offset.</returns>
    private static async Task<int> FallBehindAsync(ServerNode node, SocketClient client)
    {
        var published = 0;
        var position = "";
        await Until.TrueAsync(
            async () =>
            {
                for (var i = 0; i < Missed; i++)
                {
                    await PublishAsync(node, ++published);
                }

                // Kernels take more some time after they took nothing; how soon depends on what else the machine does.
                var now = await node.SubscriptionAsync(client.Id);
                var before = position;
                position = now.GetProperty("position").GetString()!;
                Assert.Equal(published, (int)SocketClient.OffsetOf(now.GetProperty("head")));
                return now.GetProperty("parked").GetBoolean() && position == before;
            },
            () => $"The client was not parked after {published} publications.");
        return published;
    }

    private static Task<string> PublishAsync(ServerNode node, int number) =>
        node.PublishAsync("room", new string((char)('a' + (number % 26)), PublicationBytes), $"?key=k{(number % Keys).ToString(CultureInfo.InvariantCulture)}");

    private static async Task<Heard> ReadToAsync(SocketClient client, int newest)
    {
        var heard = new Heard([], []);
        while (heard.Offsets.Count == 0 || heard.Offsets[^1] != newest)
        {
            var message = (await client.NextAsync()).Json;
            if (message.TryGetProperty("gap", out var gap))
            {
                heard.Gaps.Add(new Gap(Offset(gap, "from"), Offset(gap, "to"), gap.GetProperty("reason").GetString()!));
            }
            else
            {
                heard.Offsets.Add(message.GetProperty("offset").GetInt32());
            }
        }

        return heard;
    }

    private static int Offset(JsonElement gap, string end) => (int)SocketClient.OffsetOf(gap.GetProperty(end));

    /// <summary>All that was not heard was said to be missing, in order. Mostly at once; the kernel may take more after the client first blocked.</summary>
    private static void AssertWhole(Heard heard, int newest, string reason)
    {
        Assert.NotEmpty(heard.Gaps);
        Assert.All(heard.Gaps, g => Assert.Equal(reason, g.Reason));
        Assert.Equal(heard.Offsets.Distinct().Order(), heard.Offsets);
        Assert.Equal(Range(1, newest), heard.Offsets.Concat(heard.Gaps.SelectMany(g => Range(g.From, g.To))).Distinct().Order());
    }

    private static IEnumerable<int> Range(int first, int last) => Enumerable.Range(first, last - first + 1);

    private sealed record Gap(int From, int To, string Reason);

    private sealed record Heard(List<int> Offsets, List<Gap> Gaps);
}
