using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Xunit.Abstractions;

namespace Broadcast.SystemTests;

/// <summary>A node with a data folder, killed at any moment while it is published to. The long form is run by <c>KILLS=50</c>.</summary>
public sealed class KilledNodeTests(ITestOutputHelper output) : IDisposable
{
    private const int Publishers = 8;

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("broadcast-data-");

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : 4;

    public void Dispose() => _data.Delete(recursive: true);

    [SystemFact]
    public async Task After_kill_9_everything_that_was_acknowledged_is_there_and_clients_go_on_where_they_were()
    {
        var acknowledged = new ConcurrentDictionary<ulong, string>();
        var random = new Random(1);
        var (epoch, seen, sent) = ("", "", 0);
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var node = await StartAsync();
            if (seen.Length > 0)
            {
                // A client that saw everything up to there before the node was killed.
                using var client = await SocketClient.OpenAsync(node.Port, "kept", $"&since={seen}");
                var next = SocketClient.OffsetOf(seen) + 1;
                for (var newest = await NewestAsync(node); next <= newest; next++)
                {
                    var message = (await client.NextAsync()).Json;
                    Assert.Equal(next, SocketClient.OffsetOf(message.GetProperty("position")));
                }
            }

            await AssertReadableAsync(node, acknowledged);
            var before = acknowledged.Count;
            var enough = before + random.Next(1, 200);
            var publishing = Enumerable.Range(0, Publishers).Select(_ => Task.Run(async () =>
            {
                while (await TryPublishAsync(node, $"{Interlocked.Increment(ref sent)}") is var (position, text))
                {
                    Assert.True(acknowledged.TryAdd(SocketClient.OffsetOf(position), text), $"{position} was given twice.");
                    epoch = epoch.Length == 0 ? SocketClient.EpochOf(position) : epoch;
                    Assert.Equal(epoch, SocketClient.EpochOf(position));
                }
            })).ToArray();
            await Until.TrueAsync(() => Task.FromResult(acknowledged.Count >= enough || publishing.Any(p => p.IsFaulted)), () => "Publishing does not go on.");
            await node.KillAsync();
            await Task.WhenAll(publishing);
            seen = $"{acknowledged.Keys.Order().First(o => o >= (ulong)before)}.{epoch}";
            output.WriteLine($"killed after {acknowledged.Count - before} acknowledged publications");
        }

        await using var last = await StartAsync();
        await AssertReadableAsync(last, acknowledged);
        Assert.Equal(0, await last.StopAsync());
    }

    [SystemFact]
    public async Task A_second_node_on_the_same_folder_and_a_folder_that_cannot_be_are_refused_with_a_sentence()
    {
        await using var node = await StartAsync();

        var second = await Assert.ThrowsAsync<InvalidOperationException>(StartAsync);

        Assert.Contains(_data.FullName, second.Message, StringComparison.Ordinal);
        Assert.Contains("another node", second.Message, StringComparison.Ordinal);
    }

    /// <returns>Null once the node is gone: whether that publication arrived is not known.</returns>
    private static async Task<(string Position, string Text)?> TryPublishAsync(ServerNode node, string text)
    {
        try
        {
            using var body = new StringContent(text, Encoding.UTF8, "text/plain");
            using var answer = await node.Http.PostAsync(new Uri("/rooms/kept/messages", UriKind.Relative), body);
            var said = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.OK, said);
            return (JsonDocument.Parse(said).RootElement.GetProperty("position").GetString()!, text);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return null;
        }
    }

    private static async Task<ulong> NewestAsync(ServerNode node) =>
        SocketClient.OffsetOf((await node.GetAsync("/rooms/kept/messages?limit=0")).GetProperty("position"));

    private static async Task AssertReadableAsync(ServerNode node, ConcurrentDictionary<ulong, string> acknowledged)
    {
        var kept = new Dictionary<ulong, string>();
        for (var since = ""; ;)
        {
            var page = await node.GetAsync($"/rooms/kept/messages?limit=1000{since}");
            var read = page.GetProperty("messages").EnumerateArray().ToArray();
            if (read.Length == 0)
            {
                break;
            }

            foreach (var publication in read)
            {
                kept.Add(SocketClient.OffsetOf(publication.GetProperty("position")), publication.GetProperty("data").GetString()!);
            }

            since = $"&since={read[^1].GetProperty("position").GetString()}";
        }

        Assert.Equal(Enumerable.Range(1, kept.Count).Select(i => (ulong)i), kept.Keys);
        foreach (var (offset, text) in acknowledged)
        {
            Assert.True(kept.TryGetValue(offset, out var there) && there == text, $"{offset} is {there ?? "gone"}, and was acknowledged as {text}.");
        }
    }

    private Task<ServerNode> StartAsync() => ServerNode.StartAsync(
        new { Rooms = new[] { ServerNode.Rule("*", new { History = new { MaxCount = 1_000_000, MaxBytes = 1L << 30 } }) } }, "--data", _data.FullName);
}
