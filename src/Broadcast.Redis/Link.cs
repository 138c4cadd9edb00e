using System.Globalization;
using StackExchange.Redis;

namespace Broadcast.Redis;

/// <summary>
/// A connection to a server, for as long as it lasts. Once it is broken it stays so, and another takes its place: what was asked over this one never
/// arrives over that one. Any thread may call it.
/// </summary>
internal sealed class Link : IAsyncDisposable
{
    private const int OldestVersion = 7;

    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _broken = new();
    private readonly ConnectionMultiplexer _connection;
    private readonly Scripts _scripts;
    private readonly TimeSpan _timeout;
    private readonly IDatabase _database;
    private readonly ISubscriber _subscriber;
    private byte[] _publish = [];
    private byte[] _read = [];
    private byte[] _claim = [];

    private Link(ConnectionMultiplexer connection, Scripts scripts, TimeSpan timeout)
    {
        (_connection, _scripts, _timeout) = (connection, scripts, timeout);
        (_database, _subscriber) = (connection.GetDatabase(), connection.GetSubscriber());
        connection.ConnectionFailed += (_, e) => Break($"{e.ConnectionType} connection: {e.FailureType}");
    }

    /// <summary>Cancelled when it broke.</summary>
    public CancellationToken Broken => _broken.Token;

    /// <summary>Why it broke; null while it is whole.</summary>
    public string? Reason { get; private set; }

    private IServer Server => _connection.GetServer(_connection.GetEndPoints()[0]);

    /// <exception cref="Exception">The server cannot be reached, or cannot be used.</exception>
    public static async Task<Link> OpenAsync(string server, RedisOptions options, Scripts scripts, CancellationToken cancellation)
    {
        var configuration = new ConfigurationOptions
        {
            AbortOnConnectFail = true,
            ConnectRetry = 1,
            ConnectTimeout = (int)(options.Timeout < LongestConnect ? options.Timeout : LongestConnect).TotalMilliseconds,
            SyncTimeout = (int)options.Timeout.TotalMilliseconds,
            Password = options.Password.Length > 0 ? options.Password : null,
            Ssl = options.Tls,
            DefaultVersion = new Version(OldestVersion, 0),

            // Nothing is agreed on between clients through keys or channels of the library's own.
            ConfigurationChannel = "",
            TieBreaker = "",
        };
        configuration.EndPoints.Add(server);
        var connecting = ConnectionMultiplexer.ConnectAsync(configuration);
        ConnectionMultiplexer connection;
        try
        {
            connection = await connecting.WaitAsync(options.Timeout * 2, cancellation);
        }
        catch when (!connecting.IsCompleted)
        {
            _ = DisposeOfAsync(connecting);
            throw;
        }

        var link = new Link(connection, scripts, options.Timeout);
        try
        {
            await link.SubscriptionsAsync(cancellation);
            return link;
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes reading possible, and claiming.</summary>
    /// <exception cref="LinkException">The server is too old.</exception>
    public async Task LoadAsync()
    {
        var version = (await InfoAsync())["redis_version"];
        if (int.Parse(version.Split('.')[0], CultureInfo.InvariantCulture) < OldestVersion)
        {
            throw new LinkException($"Redis is version {version}; {OldestVersion}.0 or newer is needed.");
        }

        (_read, _claim) = (await LoadAsync(_scripts.Read), await LoadAsync(_scripts.Claim));
    }

    /// <summary>Makes publishing possible.</summary>
    public async Task LoadPublishAsync() => _publish = await LoadAsync(_scripts.Publish);

    public async Task<bool> HasDataAsync() => await AnswerAsync(Server.DatabaseSizeAsync()) > 0;

    /// <returns>Whether it is the server, with all its data, that was published to before.</returns>
    public Task<bool> KnowsPublishAsync() => AnswerAsync(Server.ScriptExistsAsync(_scripts.Publish));

    public async Task<TimeSpan> UptimeAsync() => TimeSpan.FromSeconds(int.Parse((await InfoAsync())["uptime_in_seconds"], CultureInfo.InvariantCulture));

    public Task<RedisResult> PublishAsync(RedisKey[] keys, RedisValue[] values) => AnswerAsync(_database.ScriptEvaluateAsync(_publish, keys, values));

    public Task<RedisResult> ReadAsync(RedisKey[] keys, RedisValue[] values) => AnswerAsync(_database.ScriptEvaluateAsync(_read, keys, values));

    public Task<RedisResult> ClaimAsync(RedisKey[] keys, RedisValue[] values) => AnswerAsync(_database.ScriptEvaluateAsync(_claim, keys, values));

    /// <summary>Goes the same way as publishing, and so keeps its order.</summary>
    public Task<long> TellAsync(RedisChannel channel, byte[] message) => AnswerAsync(_subscriber.PublishAsync(channel, message));

    /// <returns>True; when the server has confirmed it.</returns>
    public Task<bool> SubscribeAsync(RedisChannel channel, Action<RedisChannel, RedisValue> handler) =>
        AnswerAsync(DoneAsync(_subscriber.SubscribeAsync(channel, handler)));

    public Task<bool> UnsubscribeAsync(RedisChannel channel, Action<RedisChannel, RedisValue> handler) =>
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
        catch (Exception e) when (IsOfConnection(e) || e is RedisServerException)
        {
            Break(e is TimeoutException ? "no answer in time" : e.Message);
        }
    }

    /// <summary>Whether it means that the server cannot be reached, and not that it refused.</summary>
    public static bool IsOfConnection(Exception e) => e is RedisConnectionException or RedisTimeoutException or TimeoutException or ObjectDisposedException or OperationCanceledException;

    public async ValueTask DisposeAsync()
    {
        Break("closed");

        // It waits for its own threads, which may wait for a server that reads nothing.
        var closing = Task.Run(() =>
        {
            _connection.Close(allowCommandsToComplete: false);
            _connection.Dispose();
        });
        await ((Task)closing.WaitAsync(_timeout)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Nobody waits for it any more.</summary>
    private static async Task DisposeOfAsync(Task<ConnectionMultiplexer> connecting)
    {
        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (connecting.IsCompletedSuccessfully)
        {
            (await connecting).Dispose();
        }
    }

    private static async Task<bool> DoneAsync(Task asked)
    {
        await asked;
        return true;
    }

    /// <summary>The connection for subscriptions is made beside the other one; before it is there the library would say nothing and try it later.</summary>
    private async Task SubscriptionsAsync(CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation, Broken);
        patience.CancelAfter(_timeout);
        while (!_subscriber.IsConnected())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }

    private async Task<Dictionary<string, string>> InfoAsync()
    {
        // Through the library's own method it would be a command for administrators only.
        var text = (string?)await AnswerAsync(_database.ExecuteAsync("INFO", "server")) ?? "";
        return text.Split('\n').Select(line => line.Trim().Split(':', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    private Task<byte[]> LoadAsync(string script) => AnswerAsync(Server.ScriptLoadAsync(script));

    private async Task<T> AnswerAsync<T>(Task<T> asked)
    {
        try
        {
            // What goes on from here runs on a thread of its own: the library completes answers one after the other.
            await ((Task)asked.WaitAsync(_timeout, Broken)).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            return await asked;
        }
        catch
        {
            // Whatever else it comes to is of no interest, also where it came to it just after the wait had ended.
            _ = asked.ContinueWith(a => a.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }
}
