using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Xunit.Abstractions;

namespace Broadcast.SystemTests;

/// <summary>A node that is told to stop moves its clients, which go on elsewhere: here on the node that comes after it.</summary>
public sealed class StoppingTests(ITestOutputHelper output) : IDisposable
{
    private const string Room = "kept";
    private const int ClientsOnEachPath = 14;

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("broadcast-data-");

    public void Dispose() => _data.Delete(recursive: true);

    [SystemFact]
    [Trait("row", "S5.16")]
    public async Task Clients_of_every_path_are_moved_at_the_rate_and_miss_nothing_that_was_acknowledged()
    {
        var acknowledged = new ConcurrentDictionary<string, string>();
        var followers = new List<(Follower.Path Path, Follower Follower)>();
        try
        {
            await using (var node = await StartAsync(new { Rate = 20, Deadline = "01:00:00" }))
            {
                foreach (var path in Enum.GetValues<Follower.Path>().SelectMany(p => Enumerable.Repeat(p, ClientsOnEachPath)))
                {
                    followers.Add((path, await Follower.JoinAsync(path, node.Port, Room)));
                }

                var publishing = Task.Run(() => PublishUntilItEndsAsync(node, acknowledged, () => followers.Count(f => f.Follower.End.IsCompleted)));
                await Until.TrueAsync(() => acknowledged.Count >= 20, () => "Nothing is acknowledged.");
                var began = Stopwatch.GetTimestamp();
                var before = acknowledged.Count;
                var stopping = node.StopAsync();

                // Whoever tells it twice changes nothing.
                Posix.Signal(node.Pid, Posix.Terminate);

                Assert.Equal(0, await stopping);

                // 42 at 20 a second.
                var took = Stopwatch.GetElapsedTime(began);
                Assert.True(took >= TimeSpan.FromSeconds(2), $"All were moved within {took}.");
                await publishing;
                output.WriteLine($"ended after {took.TotalMilliseconds:0} ms, {acknowledged.Count - before} of {acknowledged.Count} acknowledged meanwhile");
                Assert.Contains("All clients were moved", node.Said, StringComparison.Ordinal);
                Assert.DoesNotMatch(@"(?m)^\S*\s*(fail|crit): |PROBE unobserved|Unhandled exception", node.Said);
            }

            await using var next = await StartAsync(new { });
            using var fromStart = await Follower.JoinAsync(Follower.Path.Socket, next.Port, Room, "start");
            var newest = (int)SocketClient.OffsetOf((await next.GetAsync($"/rooms/{Room}/messages?limit=0")).GetProperty("position"));
            await fromStart.HasAsync(newest);
            var all = fromStart.Heard.ToArray();
            Assert.All(acknowledged, a => Assert.Equal(a.Value, all[(int)SocketClient.OffsetOf(a.Key) - 1]));
            foreach (var (path, follower) in followers)
            {
                var end = await Until.DoneAsync(follower.End, () => "A client was not sent away.");
                Assert.Matches(path == Follower.Path.Events ? @"^retry \d{1,4}$" : "^3001 shutdown$", end);
                using var again = await Follower.JoinAsync(path, next.Port, Room, follower.Position);
                await again.HasAsync(newest - follower.Heard.Count);
                Assert.Equal(all, follower.Heard.Concat(again.Heard));
            }
        }
        finally
        {
            followers.ForEach(f => f.Follower.Dispose());
        }
    }

    [SystemFact]
    [Trait("row", "S5.16")]
    public async Task A_drain_that_is_cut_at_its_deadline_tells_everybody_and_says_so_by_its_exit_code()
    {
        await using var node = await StartAsync(new { Rate = 1, Deadline = "00:00:01.5" });
        var followers = new List<Follower>();
        try
        {
            while (followers.Count < 10)
            {
                followers.Add(await Follower.JoinAsync((Follower.Path)(followers.Count % 3), node.Port, Room));
            }

            Assert.Equal(3, await node.StopAsync());

            foreach (var follower in followers)
            {
                Assert.Matches("^(3001 shutdown|retry [0-9]+)$", await Until.DoneAsync(follower.End, () => "A client was not told."));
            }

            Assert.Contains("clients were cut at the deadline of the drain", node.Said, StringComparison.Ordinal);
        }
        finally
        {
            followers.ForEach(f => f.Dispose());
        }
    }

    /// <summary>One after the other, until the node takes no more; which is not before its clients are gone.</summary>
    /// <param name="acknowledged">Texts by their positions.</param>
    /// <param name="gone">Counts the clients that were moved.</param>
    private static async Task PublishUntilItEndsAsync(ServerNode node, ConcurrentDictionary<string, string> acknowledged, Func<int> gone)
    {
        try
        {
            for (var number = 1; ; number++)
            {
                using var body = new StringContent($"n{number}", Encoding.UTF8, "text/plain");
                using var answer = await node.Http.PostAsync(new Uri($"/rooms/{Room}/messages", UriKind.Relative), body);
                var said = await answer.Content.ReadAsStringAsync();
                Assert.True(answer.StatusCode == HttpStatusCode.OK, said);
                Assert.True(acknowledged.TryAdd(JsonDocument.Parse(said).RootElement.GetProperty("position").GetString()!, $"n{number}"));
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // It listens no longer. The last ones may not know yet that they are moved.
            await Until.TrueAsync(() => gone() > ClientsOnEachPath * 2, () => $"With {gone()} clients gone it did not answer: {e}");
        }
    }

    private Task<ServerNode> StartAsync(object drain) => ServerNode.StartAsync(
        new { Drain = drain, Rooms = new[] { ServerNode.Rule("*", new { History = new { MaxCount = 1_000_000, MaxBytes = 1L << 30 } }) } },
        "--data",
        _data.FullName);
}
