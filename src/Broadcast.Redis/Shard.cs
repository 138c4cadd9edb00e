using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Broadcast.Redis;

/// <summary>One server, the rooms of this node that are on it, and the connection to it, which is made anew for as long as the node lives. Any thread may call it.</summary>
internal sealed class Shard : IAsyncDisposable
{
    private const int ClaimsAtOnce = 1_000;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Listening> _listened = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _server;
    private readonly RedisOptions _options;
    private readonly Keys _keys;
    private readonly Counts _counts;
    private readonly Action _mayHaveLost;
    private readonly ILogger _logger;
    private readonly Inbound _inbound;
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _life;
    private volatile Link? _link;
    private volatile string? _refusal;

    public Shard(string server, RedisOptions options, Counts counts, Action mayHaveLost, ILogger logger)
    {
        (_server, _options, _keys, _counts, _mayHaveLost, _logger) = (server, options, new Keys(options.Prefix), counts, mayHaveLost, logger);
        Publishing = new Gate(options.MaxPublishing, options.MaxPublishingBytes);
        _inbound = new Inbound(options, counts, mayHaveLost, room => Log.NotReadable(logger, room));
        _life = Task.Run(LiveAsync);
    }

    public bool IsConnected => Current is not null;

    /// <summary>The connection, or null if there is none now.</summary>
    public Link? Current => _link is { Reason: null } link ? link : null;

    /// <summary>What is said when there is none.</summary>
    public string Unreachable => _stopping.IsCancellationRequested ? "The node stops." : $"Redis at {_server} cannot be reached.";

    /// <summary>Bounds the publications that wait for an answer.</summary>
    public Gate Publishing { get; }

    /// <summary>When it was tried for the first time to reach the server, with whatever result.</summary>
    public Task Tried => _tried.Task;

    /// <exception cref="BackplaneException">The server cannot be reached, or refuses.</exception>
    public async Task<T> AskAsync<T>(Func<Link, Task<T>> ask)
    {
        var link = Current ?? throw new BackplaneException(Unreachable);
        try
        {
            return await ask(link);
        }
        catch (RedisServerException e)
        {
            throw new BackplaneException(Refused(link, e).Reason, e);
        }
        catch (Exception e) when (Link.IsOfConnection(e))
        {
            throw new BackplaneException(Unreachable, e);
        }
    }

    /// <summary>Begins to hand over what comes for a room.</summary>
    /// <returns>What is known of it; see <see cref="Listening.Saw"/>.</returns>
    /// <exception cref="BackplaneException">It cannot be listened to now.</exception>
    public async Task<Listening> ListenAsync(string room, IHandOver receiver)
    {
        var mine = new Listening(room, receiver, _inbound);
        var listening = _listened.GetOrAdd(room, mine);
        listening.Receiver = receiver;
        if (listening == mine)
        {
            try
            {
                await AskAsync(link => link.SubscribeAsync(_keys.ChannelOf(room), listening.Handler));
            }
            catch
            {
                Forget(listening);
                throw;
            }
        }

        return listening;
    }

    /// <summary>Of a room whose opening failed.</summary>
    public void Forget(Listening listening) => _ = LeaveAsync(listening);

    /// <summary>Ends handing over.</summary>
    public async Task LeaveAsync(string room)
    {
        if (_listened.TryGetValue(room, out var listening))
        {
            await LeaveAsync(listening);
        }
    }

    /// <summary>A publication was accepted.</summary>
    public void Accepted()
    {
        if (_refusal is not null)
        {
            _refusal = null;
            Log.Accepts(_logger, _server);
        }
    }

    /// <summary>What an error means; it is told to operators once, until it is over.</summary>
    public Refusal Refused(Link link, RedisServerException e)
    {
        var refusal = Refusal.Of(e);
        if (refusal.IsAnother)
        {
            link.Break(refusal.Reason);
        }
        else if (_refusal != refusal.Reason)
        {
            _refusal = refusal.Reason;
            Log.Refuses(_logger, _server, e.Message);
        }

        return refusal;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _life;
    }

    private async Task LeaveAsync(Listening listening)
    {
        if (!_listened.TryRemove(KeyValuePair.Create(listening.Room, listening)) || Current is not { } link)
        {
            return;
        }

        try
        {
            await link.UnsubscribeAsync(_keys.ChannelOf(listening.Room), listening.Handler);
        }
        catch (Exception e) when (Link.IsOfConnection(e) || e is RedisServerException)
        {
            // With the connection its subscriptions have gone too.
        }
    }

    private async Task LiveAsync()
    {
        var wait = FirstRetry;
        string? told = null;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await using var link = await Link.OpenAsync(_server, _options, _stopping.Token);
                using var stopping = _stopping.Token.Register(() => link.Break("the node stops"));
                await PrepareAsync(link);
                (_link, wait, told) = (link, FirstRetry, null);
                Log.Connected(_logger, _server, _listened.Count);
                _tried.TrySetResult();
                _mayHaveLost();
                await link.WatchAsync();
                _link = null;
                if (!_stopping.IsCancellationRequested)
                {
                    _counts.Breaks.Add(1);
                    Log.Broken(_logger, _server, link.Reason ?? "");
                }
            }
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                _link = null;
                _tried.TrySetResult();
                if (told != e.Message)
                {
                    // Once, and not again with each attempt.
                    told = e.Message;
                    Log.NotReached(_logger, _server, told);
                }

                // Nodes that lost it together do not come back together.
                await Task.Delay(wait * Random.Shared.NextDouble(), _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                wait = wait * 2 < LastRetry ? wait * 2 : LastRetry;
            }
            catch (Exception)
            {
                // It was given up since the node stops.
            }
        }

        _link = null;
        _tried.TrySetResult();
    }

    /// <summary>A server that was just started may have lost its newest publications; other nodes are given the time to say what they saw of them.</summary>
    private async Task SettleAsync(Link link)
    {
        while (await link.UptimeAsync() is { } uptime && uptime < _options.Settle)
        {
            await Task.Delay(_options.Settle - uptime, link.Broken);
        }
    }

    /// <summary>
    /// First what is said is heard again; then the server is told which positions were seen, in case it has lost some; only then can it be
    /// published to.
    /// </summary>
    private async Task PrepareAsync(Link link)
    {
        await link.LoadAsync();
        foreach (var group in _listened.Values.Chunk(ClaimsAtOnce))
        {
            await Task.WhenAll(group.Select(l => link.SubscribeAsync(_keys.ChannelOf(l.Room), l.Handler)));
            var claims = group.Select(l => (l.Room, l.Seen)).Where(l => l.Seen.Epoch is not null)
                .Select(async l => (l.Room, l.Seen, Lost: (int)await link.ClaimAsync(_keys.Of(l.Room), [l.Seen.Epoch, l.Seen.Offset.ToString(CultureInfo.InvariantCulture)])));
            foreach (var (room, seen, _) in (await Task.WhenAll(claims)).Where(c => c.Lost > 0))
            {
                Log.Lost(_logger, _server, room, seen.Offset);
            }
        }

        await SettleAsync(link);
        await link.LoadPublishAsync();
    }
}
