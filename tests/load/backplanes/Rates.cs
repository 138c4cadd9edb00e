using System.Diagnostics;
using System.Reflection;
using Broadcast.Protocol;
using Broadcast.Redis;
using Broadcast.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Broadcast.Load;

/// <summary>Publications per second by kind of backplane.</summary>
internal readonly record struct RatesResult(double Memory, double Sqlite, double SqliteProcess, double Redis, double Script);

/// <summary>
/// P: 128 bytes into 16 rooms nobody listens to, 64 publications in flight, by each backplane in turn, with the default rule. The script alone is the one
/// that the Redis backplane runs, with the same arguments and the same client library, and nothing around it: what this server adds is what
/// is missing to it.
/// </summary>
internal sealed class Rates : IAsyncDisposable
{
    private const int InFlight = 64;

    private static readonly TimeSpan s_measured = TimeSpan.FromSeconds(2);
    private static readonly string[] s_rooms = [.. Enumerable.Range(0, 16).Select(i => $"room:{i}")];
    private static readonly RoomRule s_rule = new();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("broadcast-rates-");
    private readonly RedisServer _server;
    private readonly ConnectionMultiplexer _client;
    private readonly byte[] _script;
    private readonly IBackplane _memory = new LocalBackplane(new LocalBackplaneOptions(), _ => s_rule, TimeProvider.System);
    private readonly IBackplane _sqlite;
    private readonly IBackplane _sqliteProcess;
    private readonly IBackplane _redis;

    private Rates(RedisServer server, ConnectionMultiplexer client, byte[] script)
    {
        (_server, _client, _script) = (server, client, script);
        _sqlite = Sqlite("power", Durability.Power);
        _sqliteProcess = Sqlite("process", Durability.Process);
        _redis = new RedisBackplane(new RedisOptions { Servers = [server.Address] }, _ => s_rule, NullLogger<RedisBackplane>.Instance);
        foreach (var backplane in (IBackplane[])[_memory, _sqlite, _sqliteProcess, _redis])
        {
            backplane.Start(() => { });
        }
    }

    public static async Task<Rates> StartAsync()
    {
        var server = await RedisServer.StartAsync();
        var client = await ConnectionMultiplexer.ConnectAsync(server.Address);
        await using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("publish.lua")!;
        using var reader = new StreamReader(stream);
        var script = await client.GetServer(client.GetEndPoints()[0]).ScriptLoadAsync(await reader.ReadToEndAsync());
        return new Rates(server, client, script);
    }

    public async Task<RatesResult> RunAsync() => new(
        await RunAsync(_memory), await RunAsync(_sqlite), await RunAsync(_sqliteProcess), await RunAsync(_redis), await RunScriptAsync());

    public async ValueTask DisposeAsync()
    {
        foreach (var backplane in (IBackplane[])[_memory, _sqlite, _sqliteProcess, _redis])
        {
            await backplane.DisposeAsync();
        }

        await _client.CloseAsync();
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private SqliteBackplane Sqlite(string name, Durability durability)
    {
        var options = new DataOptions { Folder = Path.Combine(_folder.FullName, name), Durability = durability };
        return new SqliteBackplane(options, _ => s_rule, TimeProvider.System, NullLogger<SqliteBackplane>.Instance);
    }

    private static Task<double> RunAsync(IBackplane backplane) => RunAsync(async room =>
        (await backplane.PublishAsync(room, new Publication(new byte[128], ContentKind.Binary), null, CancellationToken.None)).IsAccepted);

    private Task<double> RunScriptAsync()
    {
        var database = _client.GetDatabase();
        var body = PublicationBytes.Write(new Publication(new byte[128], ContentKind.Binary));
        var keys = s_rooms.ToDictionary(room => room, room => (RedisKey[])[$"bare:head:{room}", $"bare:history:{room}", $"bare:spans:{room}"]);
        var values = s_rooms.ToDictionary(room => room, room => (RedisValue[])[
            "epoch", body, 224, $"bare:room:{room}", s_rule.History.MaxCount, s_rule.History.MaxBytes, (long)s_rule.History.MaxAge.TotalMilliseconds, 86_400_000, 300_000]);
        return RunAsync(async room => !(await database.ScriptEvaluateAsync(_script, keys[room], values[room])).IsNull);
    }

    /// <returns>Publications per second.</returns>
    private static async Task<double> RunAsync(Func<string, Task<bool>> publish)
    {
        var (start, published) = (Stopwatch.GetTimestamp(), 0);
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start) < s_measured)
            {
                var room = s_rooms[Interlocked.Increment(ref published) % s_rooms.Length];
                if (!await publish(room))
                {
                    throw new InvalidOperationException("A publication was not accepted.");
                }
            }
        })));
        return published / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
