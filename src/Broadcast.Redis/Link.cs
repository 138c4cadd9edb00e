using System.Globalization;
using StackExchange.Redis;

namespace Broadcast.Redis;

/// <summary>
/// A connection to a server, for as long as it lasts. Once it is broken it stays so, and another takes its place: what was asked over this one never
/// arrives over that one. Any thread may call it.
/// </summary>
internal sealed class Link : IAsyncDisposable
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _broken = new();
    private readonly ConnectionMultiplexer _connection;
    private readonly TimeSpan _timeout;
    private readonly IDatabase _database;
    private readonly ISubscriber _subscriber;
    private byte[] _publish = [];
    private byte[] _read = [];
    private byte[] _claim = [];

    private Link(ConnectionMultiplexer connection, TimeSpan timeout)
    {
        (_connection, _timeout) = (connection, timeout);
        (_database, _subscriber) = (connection.GetDatabase(), connection.GetSubscriber());
        connection.ConnectionFailed += (_, e) => Break($"{e.FailureType}");
    }

    /// <summary>Cancelled when it broke.</summary>
    public CancellationToken Broken => _broken.Token;

    /// <summary>Why it broke; null while it is whole.</summary>
    public string? Reason { get; private set; }

    private IServer Server => _connection.GetServer(_connection.GetEndPoints()[0]);

    /// <exception cref="RedisConnectionException">The server cannot be reached, or does not let this node in.</exception>
    public static async Task<Link> OpenAsync(string server, RedisOptions options, CancellationToken cancellation)
    {
        var milliseconds = (int)options.Timeout.TotalMilliseconds;
        var configuration = new ConfigurationOptions
        {
            AbortOnConnectFail = true,
            ConnectRetry = 1,
            ConnectTimeout = milliseconds,
            SyncTimeout = milliseconds,
            Password = options.Password.Length > 0 ? options.Password : null,
            Ssl = options.Tls,
            DefaultVersion = new Version(7, 0),

            // Nothing is agreed on between clients through keys or channels of the library's own.
            ConfigurationChannel = "",
            TieBreaker = "",
        };
        configuration.EndPoints.Add(server);
        var connecting = ConnectionMultiplexer.ConnectAsync(configuration);
        try
        {
            return new Link(await connecting.WaitAsync(options.Timeout * 2, cancellation), options.Timeout);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            _ = connecting.ContinueWith(c => c.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <returns>For how long the server is up, if it has data that another one had before it.</returns>
    public async Task<TimeSpan?> UptimeAsync()
    {
        if (await AnswerAsync(Server.DatabaseSizeAsync()) == 0)
        {
            return null;
        }

        var info = (await AnswerAsync(Server.InfoAsync("server"))).SelectMany(part => part).ToDictionary(p => p.Key, p => p.Value);
        return TimeSpan.FromSeconds(int.Parse(info["uptime_in_seconds"], CultureInfo.InvariantCulture));
    }

    /// <summary>Makes reading possible, and claiming.</summary>
    public async Task LoadAsync()
    {
        (_read, _claim) = (await LoadAsync(Script.Read), await LoadAsync(Script.Claim));
    }

    /// <summary>Makes publishing possible.</summary>
    public async Task LoadPublishAsync() => _publish = await LoadAsync(Script.Publish);

    public Task<RedisResult> PublishAsync(RedisKey[] keys, RedisValue[] values) => AnswerAsync(_database.ScriptEvaluateAsync(_publish, keys, values));

    public Task<RedisResult> ReadAsync(RedisKey[] keys, RedisValue[] values) => AnswerAsync(_database.ScriptEvaluateAsync(_read, keys, values));

    public Task<RedisResult> ClaimAsync(RedisKey[] keys, RedisValue[] values) => AnswerAsync(_database.ScriptEvaluateAsync(_claim, keys, values));

    /// <summary>Goes the same way as publishing, and so keeps its order.</summary>
    public Task<long> TellAsync(string channel, byte[] message) => AnswerAsync(_subscriber.PublishAsync(channel, message));

    /// <returns>True; when the server has confirmed it.</returns>
    public async Task<bool> SubscribeAsync(string channel, Action<RedisChannel, RedisValue> handler)
    {
        if (!_subscriber.IsConnected())
        {
            // The library would say nothing, and try it later.
            throw new RedisConnectionException(ConnectionFailureType.UnableToResolvePhysicalConnection, "There is no connection for subscriptions.");
        }

        return await AnswerAsync(DoneAsync(_subscriber.SubscribeAsync(channel, handler)));
    }

    public Task<bool> UnsubscribeAsync(string channel, Action<RedisChannel, RedisValue> handler) =>
        AnswerAsync(DoneAsync(_subscriber.UnsubscribeAsync(channel, handler)));

    /// <summary>Says that it is broken, or no longer to be trusted.</summary>
    public void Break(string reason)
    {
        lock (_broken)
        {
            if (Reason is not null)
            {
                return;
            }

            Reason = reason;
        }

        // Not on the thread of whoever noticed it: those who wait for answers go on from here.
        _ = Task.Run(_broken.Cancel);
    }

    /// <summary>Looks whether the server still answers on both connections, until it does not.</summary>
    public async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                await AnswerAsync(Task.WhenAll(_database.PingAsync(), _subscriber.PingAsync()));
                await Task.Delay(PingInterval, Broken);
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception e) when (IsOfConnection(e))
        {
            Break(e is TimeoutException ? "no answer in time" : e.Message);
        }
    }

    /// <summary>Whether it means that the server cannot be reached, and not that it refused.</summary>
    public static bool IsOfConnection(Exception e) =>
        e is RedisConnectionException or TimeoutException or ObjectDisposedException or OperationCanceledException or RedisTimeoutException;

    public async ValueTask DisposeAsync()
    {
        Break("closed");

        // It waits for its own threads.
        await Task.Run(() => _connection.Close(allowCommandsToComplete: false));
        _connection.Dispose();
    }

    private static async Task<bool> DoneAsync(Task asked)
    {
        await asked;
        return true;
    }

    private async Task<byte[]> LoadAsync(string script) =>
        await AnswerAsync(Server.ScriptLoadAsync(script));

    private async Task<T> AnswerAsync<T>(Task<T> asked)
    {
        try
        {
            return await asked.WaitAsync(_timeout, Broken);
        }
        catch when (!asked.IsCompleted)
        {
            // Nobody waits for it any more; whatever it comes to is of no interest.
            _ = asked.ContinueWith(a => a.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }
}
