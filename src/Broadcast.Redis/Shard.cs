using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Broadcast.Redis;

/// <summary>One server, the rooms of this node that are on it, and the connection to it, which is made anew for as long as the node lives. Any thread may call it.</summary>
internal sealed class Shard : IAsyncDisposable
{
    private const int ClaimsAtOnce = 1_000;

    /// <summary>Reads under way at the same time: all rooms compare positions at once when a connection is back.</summary>
    private const int ReadsAtOnce = 64;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(1);

    /// <summary>A connection that lived so long was a good one.</summary>
    private static readonly TimeSpan GoodLife = TimeSpan.FromSeconds(10);

    /// <summary>A server that a new node finds up for so long is not one that just lost something.</summary>
    private static readonly TimeSpan LongUp = TimeSpan.FromMinutes(1);

    /// <summary>How often it is said at most that something of the same kind goes on.</summary>
    private static readonly TimeSpan ToldAgain = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Listening> _listened = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _server;
    private readonly RedisOptions _options;
    private readonly Keys _keys;
    private readonly Counts _counts;
    private readonly Action _mayHaveLost;
    private readonly ILogger _logger;
    private readonly Scripts _scripts = new();
    private readonly SemaphoreSlim _reading = new(ReadsAtOnce);
    private readonly Inbound _inbound;
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _life;
    private volatile Link? _link;
    private volatile string? _refusal;
    private bool _isFirst = true;
    private long _toldRefusal = -(long)ToldAgain.TotalMilliseconds;
    private long _toldUnreadable = -(long)ToldAgain.TotalMilliseconds;

    public Shard(string server, RedisOptions options, Counts counts, Action mayHaveLost, ILogger logger)
    {
        (_server, _options, _keys, _counts, _mayHaveLost, _logger) = (server, options, new Keys(options.Prefix), counts, mayHaveLost, logger);
        Publishing = new Gate(options.MaxPublishing, options.MaxPublishingBytes);
        _inbound = new Inbound(options, counts, mayHaveLost, NotReadable, (room, e) => Log.HandingOverFault(logger, room, e));
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

    /// <summary>As <see cref="AskAsync"/>, for what may be long or asked by many at once.</summary>
    public async Task<T> ReadAsync<T>(Func<Link, Task<T>> ask)
    {
        await _reading.WaitAsync();
        try
        {
            return await AskAsync(ask);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Redis said that this is a room's newest position.</summary>
    public void Saw(string room, StreamPosition top)
    {
        if (_listened.TryGetValue(room, out var listening))
        {
            listening.Saw(top);
        }
    }

    /// <summary>Begins to hand over what comes for a room.</summary>
    /// <returns>What is to be forgotten if the room is not opened after all.</returns>
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
        else if (_refusal != refusal.Reason && Environment.TickCount64 - Interlocked.Read(ref _toldRefusal) > ToldAgain.TotalMilliseconds)
        {
            _refusal = refusal.Reason;
            Interlocked.Exchange(ref _toldRefusal, Environment.TickCount64);
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
        catch (Exception e) when (Link.IsOfConnection(e) || e is RedisServerException || link.Reason is not null)
        {
            // With the connection its subscriptions have gone too.
        }
    }

    private async Task LiveAsync()
    {
        var (wait, told) = (FirstRetry, default(string));
        while (!_stopping.IsCancellationRequested)
        {
            var began = Environment.TickCount64;
            try
            {
                await LiveOnceAsync();
                told = null;
            }
            catch (Exception e)
            {
                // Once, and not again with each attempt.
                if (!_stopping.IsCancellationRequested && told != e.Message)
                {
                    told = e.Message;
                    Log.NotReached(_logger, _server, told);
                }
            }

            _link = null;
            _tried.TrySetResult();
            wait = Environment.TickCount64 - began > GoodLife.TotalMilliseconds ? FirstRetry : wait * 2 < LastRetry ? wait * 2 : LastRetry;

            // Nodes that lost it together do not come back together.
            await Task.Delay(wait * Random.Shared.NextDouble(), _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Connects, and returns when the connection broke.</summary>
    private async Task LiveOnceAsync()
    {
        await using var link = await Link.OpenAsync(_server, _options, _scripts, _stopping.Token);
        await using var stopping = _stopping.Token.Register(() => link.Break("the node stops"));
        try
        {
            await PrepareAsync(link);
        }
        catch (OperationCanceledException) when (link.Reason is { } reason)
        {
            throw new LinkException(reason);
        }

        _link = link;
        Log.Connected(_logger, _server, _listened.Count);
        _mayHaveLost();
        _tried.TrySetResult();
        await link.WatchAsync();
        if (!_stopping.IsCancellationRequested)
        {
            _counts.Breaks.Add(1);
            Log.Broken(_logger, _server, link.Reason ?? "");
        }
    }

    /// <summary>
    /// First what is said is heard again; then the server is told which positions were seen, in case it has lost some; only then can it be
    /// published to.
    /// </summary>
    private async Task PrepareAsync(Link link)
    {
        await link.LoadAsync();
        var rooms = _listened.Values.ToArray();
        foreach (var group in rooms.Chunk(ClaimsAtOnce))
        {
            await Task.WhenAll(group.Select(l => link.SubscribeAsync(_keys.ChannelOf(l.Room), l.Handler)));
            await Task.WhenAll(group.Select(l => ClaimAsync(link, l)));
        }

        await SettleAsync(link);
        await link.LoadPublishAsync();
        _isFirst = false;

        // Rooms that were left meanwhile found no connection to say so.
        foreach (var left in rooms.Where(l => !_listened.TryGetValue(l.Room, out var now) || now != l))
        {
            await link.UnsubscribeAsync(_keys.ChannelOf(left.Room), left.Handler);
        }
    }

    private async Task ClaimAsync(Link link, Listening listening)
    {
        var seen = listening.Seen;
        if (seen.Epoch is { } epoch && (int)await link.ClaimAsync(_keys.Of(listening.Room), [epoch, seen.Offset.ToString(CultureInfo.InvariantCulture)]) > 0)
        {
            Log.Lost(_logger, _server, listening.Room, seen.Offset);
        }
    }

    /// <summary>A server that was just started, or took another's place, may lack what that one had; other nodes are given the time to say what they saw of it.</summary>
    private async Task SettleAsync(Link link)
    {
        if (_options.Settle > TimeSpan.Zero && await link.HasDataAsync() && !await link.KnowsPublishAsync() && !(_isFirst && await link.UptimeAsync() > LongUp))
        {
            await Task.Delay(_options.Settle, link.Broken);
        }
    }

    private void NotReadable(string room)
    {
        var now = Environment.TickCount64;
        if (now - Volatile.Read(ref _toldUnreadable) > ToldAgain.TotalMilliseconds)
        {
            Volatile.Write(ref _toldUnreadable, now);
            Log.NotReadable(_logger, room);
        }
    }
}
