using System.Text.Json;

namespace Broadcast.SystemTests;

/// <summary>Sources of a real node: a file on a disk, and its standard input.</summary>
public sealed class SourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("broadcast-system-");

    private string LogFile => Path.Combine(_folder.FullName, "app.log");

    [SystemFact]
    [Trait("row", "S1.9")]
    [Trait("row", "S1.14")]
    [Trait("row", "S1.19")]
    public async Task A_file_is_read_without_anybody_listening_and_followed_through_its_rotations()
    {
        await File.WriteAllTextAsync(LogFile, Lines(1, 500));
        await using var node = await ServerNode.StartAsync(null, "--source", $"log=file:{LogFile}");
        await ReadAsync(node, 500);

        // Whoever comes late gets it all; whoever comes later does not make the file be read again.
        using var early = await SocketClient.OpenAsync(node.Port, "log", "&since=start");
        await AssertLinesAsync(early, 1, 500);
        using var late = await SocketClient.OpenAsync(node.Port, "log", "&since=start");
        await AssertLinesAsync(late, 1, 500);

        await File.AppendAllTextAsync(LogFile, Lines(501, 600));
        await AssertLinesAsync(early, 501, 600);
        for (var rotation = 0; rotation < 3; rotation++)
        {
            // The last lines of the old file and the first of the new one, at once.
            var first = 601 + (200 * rotation);
            await File.AppendAllTextAsync(LogFile, Lines(first, first + 99));
            File.Move(LogFile, $"{LogFile}.{rotation}");
            await File.WriteAllTextAsync(LogFile, Lines(first + 100, first + 199));
            await AssertLinesAsync(early, first, first + 199);
        }

        await AssertLinesAsync(late, 501, 1_200);
        Assert.Equal(1_200, (await SourceAsync(node)).GetProperty("read").GetInt64());
        Assert.Equal(1_200, await node.MetricAsync("broadcast_source_items_total"));
        await node.AssertNoFaultAsync();
    }

    [SystemFact]
    [Trait("row", "S1.17")]
    [Trait("row", "S1.19")]
    public async Task When_standard_input_ends_each_client_gets_what_is_left_and_then_the_end()
    {
        const int Count = 4_000;
        await using var node = await ServerNode.StartAsync(
            new
            {
                Hub = new { Connections = new { Heartbeat = "01:00:00", StallTimeout = "01:00:00" } },

                // So that what is left for a client is in the history only, and the notice behind it is not.
                Rooms = new[] { ServerNode.Rule("*", new { Window = new { MaxCount = 16 } }) },
            },
            "--source",
            "in=stdin");
        var filler = new string('x', 500);
        using var bare = await SocketClient.ConnectAsync(node.Port, "in");
        using var enveloped = await SocketClient.OpenAsync(node.Port, "in");
        using var paused = await SocketClient.OpenAsync(node.Port, "in");
        await paused.CommandAsync("pause");
        for (var i = 1; i <= Count; i++)
        {
            await node.Input.WriteAsync($"{i} {filler}\n");
        }

        await node.Input.WriteAsync("the last one, without an ending");
        node.Input.Close();
        await StateAsync(node, "ended");
        Assert.Equal(Count + 1, (await SourceAsync(node)).GetProperty("read").GetInt64());

        // None of them has read anything yet.
        for (var i = 1; i <= Count; i++)
        {
            Assert.Equal($"{i} {filler}", (await bare.NextAsync()).String);
            Assert.Equal($"{i} {filler}", await DataAsync(enveloped));
        }

        Assert.Equal("the last one, without an ending", (await bare.NextAsync()).String);
        var close = await bare.NextAsync();
        Assert.Equal((SocketMessage.Close, 4000, "source stdin ended"), (close.Opcode, close.CloseCode, close.CloseReason));
        Assert.Equal("the last one, without an ending", await DataAsync(enveloped));
        AssertNotice(await enveloped.NextAsync(), "stdin", "ended");
        await paused.CommandAsync("resume");
        for (var i = 1; i <= Count; i++)
        {
            Assert.Equal($"{i} {filler}", await DataAsync(paused));
        }

        Assert.Equal("the last one, without an ending", await DataAsync(paused));
        AssertNotice(await paused.NextAsync(), "stdin", "ended");

        // The room goes on, for those who stay and those who come.
        await node.PublishAsync("in", "more");
        Assert.Equal("more", await DataAsync(enveloped));
        Assert.Equal("more", await DataAsync(paused));
        await node.AssertNoFaultAsync();
    }

    [SystemFact]
    [Trait("row", "S1.18")]
    public async Task A_source_that_fails_for_good_is_told_to_clients_and_operators_and_its_room_survives()
    {
        await using var node = await StartFailingAsync(maxRestarts: 1);
        using var bare = await SocketClient.ConnectAsync(node.Port, "log", "?since=start");
        using var enveloped = await SocketClient.OpenAsync(node.Port, "log", "&since=start");
        Break();

        await StateAsync(node, "failed");

        await AssertLinesAsync(enveloped, 1, 20);
        AssertNotice(await enveloped.NextAsync(), $"file {LogFile}", "failed");
        for (var i = 1; i <= 20; i++)
        {
            Assert.Equal(Line(i), (await bare.NextAsync()).String);
        }

        var close = await bare.NextAsync();
        Assert.Equal((SocketMessage.Close, 4000), (close.Opcode, close.CloseCode));
        Assert.StartsWith($"source file {LogFile} failed: ", close.CloseReason, StringComparison.Ordinal);
        var source = await SourceAsync(node);
        Assert.Equal(1, source.GetProperty("restarts").GetInt32());
        Assert.NotEmpty(source.GetProperty("reason").GetString()!);
        Assert.Equal(1, await node.MetricAsync("broadcast_source_failures_total"));
        Assert.Contains("failed for good", node.Said, StringComparison.Ordinal);

        await node.PublishAsync("log", "the room is still there");
        Assert.Equal("the room is still there", await DataAsync(enveloped));
        Assert.Equal(0, await node.MetricAsync("broadcast_faults_total"));
    }

    [SystemFact]
    [Trait("row", "S1.18")]
    public async Task A_source_that_recovers_goes_on_and_its_clients_are_told_nothing()
    {
        await using var node = await StartFailingAsync(maxRestarts: 1_000_000);
        using var client = await SocketClient.OpenAsync(node.Port, "log", "&since=start");
        Break();
        await StateAsync(node, "restarting");
        Assert.NotEmpty((await SourceAsync(node)).GetProperty("reason").GetString()!);

        Directory.Delete(LogFile);
        await File.WriteAllTextAsync(LogFile, Lines(21, 40));

        await AssertLinesAsync(client, 1, 40);
        await StateAsync(node, "running");
        Assert.Equal(40, (await SourceAsync(node)).GetProperty("read").GetInt64());
        await node.AssertNoFaultAsync();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<ServerNode> StartFailingAsync(int maxRestarts)
    {
        await File.WriteAllTextAsync(LogFile, Lines(1, 20));
        var node = await ServerNode.StartAsync(
            new
            {
                Feeds = new { FirstRestart = "00:00:00.100", LastRestart = "00:00:00.500", MaxRestarts = maxRestarts },
                Rooms = new[] { ServerNode.Rule("*") },
            },
            "--source",
            $"log=file:{LogFile}");
        await ReadAsync(node, 20);
        return node;
    }

    /// <summary>Puts something in the file's place that cannot be read.</summary>
    private void Break()
    {
        File.Move(LogFile, LogFile + ".old");
        Directory.CreateDirectory(LogFile);
    }

    private static string Line(int number) => $"line {number} with something in it";

    private static string Lines(int first, int last) => string.Concat(Enumerable.Range(first, last - first + 1).Select(i => Line(i) + "\n"));

    private static async Task AssertLinesAsync(SocketClient client, int first, int last)
    {
        for (var i = first; i <= last; i++)
        {
            Assert.Equal(Line(i), await DataAsync(client));
        }
    }

    private static async Task<string?> DataAsync(SocketClient client)
    {
        var json = (await client.NextAsync()).Json;
        return json.TryGetProperty("data", out var data) ? data.GetString() : json.ToString();
    }

    private static void AssertNotice(SocketMessage message, string name, string state)
    {
        var source = message.Json.GetProperty("source");
        Assert.Equal(name, source.GetProperty("name").GetString());
        Assert.Equal(state, source.GetProperty("state").GetString());
    }

    private static async Task<JsonElement> SourceAsync(ServerNode node) => (await node.GetAsync("/sources")).GetProperty("sources")[0];

    private static Task ReadAsync(ServerNode node, int count) => Until.TrueAsync(
        async () => (await SourceAsync(node)).GetProperty("read").GetInt64() == count, () => $"The source has not read {count} items.");

    private static Task StateAsync(ServerNode node, string state) => Until.TrueAsync(
        async () => (await SourceAsync(node)).GetProperty("state").GetString() == state, () => $"The source is not {state}.");
}
