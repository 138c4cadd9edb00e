using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Broadcast.Redis;

/// <summary>
/// The backplane of several nodes: order, history, idempotency and fan-out are one step of a script in Redis. A node listens to the rooms it
/// has members of. Any thread may call it. What Redis acknowledged is as safe as its own settings make it; see docs/operations.md.
/// </summary>
public sealed class RedisBackplane : IBackplane
{
    private const string Stopped = "The node stops.";
    private const string TooFast = "Publications come faster than Redis takes them.";

    /// <summary>How much longer a position, and so an epoch, is known than the history it stands for.</summary>
    private static readonly long s_positionLife = (long)TimeSpan.FromDays(1).TotalMilliseconds;

    private static readonly long s_idempotencyKeyLife = (long)TimeSpan.FromMinutes(5).TotalMilliseconds;

    private readonly RedisOptions _options;
    private readonly Func<string, RoomRule> _rules;
    private readonly ILogger _logger;
    private readonly Keys _keys;
    private readonly Placement _placement;
    private readonly Counts _counts;
    private Shard[] _shards = [];
    private volatile bool _disposed;

    public RedisBackplane(RedisOptions options, Func<string, RoomRule> rules, ILogger<RedisBackplane> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(options.Servers.Count);
        (_options, _rules, _logger) = (options, rules, logger);
        (_keys, _placement) = (new Keys(options.Prefix), new Placement([.. options.Servers]));
        _counts = new Counts(() => _shards.Count(s => s.IsConnected));
    }

    public bool CanLoseHandOvers => true;

    public bool SpansNodes => true;

    public Meter Meter => _counts.Meter;

    /// <summary>Returns when it was tried to reach each server, so that a node does not begin with refusals.</summary>
    public void Start(Action mayHaveLost)
    {
        _shards = [.. _options.Servers.Select(server => new Shard(server, _options, _counts, mayHaveLost, _logger))];
        Task.WaitAll([.. _shards.Select(s => s.Tried)], _options.Timeout * 2);
    }

    public ValueTask<PublishResult> PublishAsync(string room, Publication publication, string? idempotencyKey, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PublishResult>(cancellation);
        }

        var shard = _shards[_placement.Of(room)];
        if (_disposed || shard.Current is not { } link)
        {
            return ValueTask.FromResult(PublishResult.Refused(_disposed ? Stopped : shard.Unreachable));
        }

        var body = PublicationBytes.Write(publication);
        var history = _rules(room).History;
        RedisValue[] values =
        [
            Epochs.New(), body, publication.Cost, (byte[])_keys.ChannelOf(room)!, history.MaxCount, history.MaxBytes, (long)history.MaxAge.TotalMilliseconds,
            s_positionLife, s_idempotencyKeyLife,
        ];
        return shard.Publishing.TryEnter(body.Length)
            ? new ValueTask<PublishResult>(PublishAsync(shard, link, _keys.Of(room, idempotencyKey), values, body.Length))
            : ValueTask.FromResult(PublishResult.Refused(TooFast));
    }

    public async ValueTask NotifyAsync(string room, Notice notice, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var message = Handed.Of(notice);
        await ShardOf(room).AskAsync(link => link.TellAsync(_keys.ChannelOf(room), message));
    }

    public async ValueTask<StreamPosition> SubscribeAsync(string room, IHandOver receiver, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var shard = ShardOf(room);
        var listening = await shard.ListenAsync(room, receiver);
        try
        {
            // Read after listening began: what comes later is handed over.
            return (await ReadAsync(room, HistoryQuery.PositionOnly, cancellation)).Top;
        }
        catch
        {
            shard.Forget(listening);
            throw;
        }
    }

    public async ValueTask UnsubscribeAsync(string room, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        await ShardOf(room).LeaveAsync(room);
    }

    public async ValueTask<HistoryPage> ReadAsync(string room, HistoryQuery query, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _counts.Reads.Add(1);
        RedisValue[] values =
        [
            Epochs.New(), s_positionLife, query.Since?.Epoch ?? "", query.Since?.Offset.ToString(CultureInfo.InvariantCulture) ?? "",
            query.EffectiveLimit, query.Reverse ? "1" : "0",
        ];
        var shard = ShardOf(room);
        var page = PageOf(await shard.ReadAsync(async link => (RedisValue[]?)await link.ReadAsync(_keys.Of(room), values)) ?? []);
        shard.Saw(room, page.Top);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        await Task.WhenAll(_shards.Select(s => s.DisposeAsync().AsTask()));
        _counts.Dispose();
    }

    /// <summary>It is on its way when this returns for the first time, so that a caller's publications keep their order.</summary>
    private static async Task<PublishResult> PublishAsync(Shard shard, Link link, RedisKey[] keys, RedisValue[] values, int bytes)
    {
        try
        {
            var answer = (byte[]?)await link.PublishAsync(keys, values);
            shard.Accepted();
            return Handed.TryReadPosition(answer, null, out var position)
                ? PublishResult.Accepted(position)
                : PublishResult.Unknown("Redis answered something else than a position.");
        }
        catch (RedisServerException e)
        {
            var refusal = shard.Refused(link, e);
            return refusal.IsCertain ? PublishResult.Refused(refusal.Reason) : PublishResult.Unknown(refusal.Reason);
        }
        catch (RedisConnectionException e) when (e.FailureType == ConnectionFailureType.UnableToResolvePhysicalConnection)
        {
            // It was not even sent.
            return PublishResult.Refused(shard.Unreachable);
        }
        catch (Exception e) when (Link.IsOfConnection(e))
        {
            return PublishResult.Unknown("The connection to Redis broke, or it did not answer in time.");
        }
        finally
        {
            shard.Publishing.Leave(bytes);
        }
    }

    private static HistoryPage PageOf(RedisValue[] answer)
    {
        if (answer.Length == 0 || !Handed.TryReadPosition((byte[]?)answer[0], null, out var top))
        {
            throw new BackplaneException("Redis answered something else than a history.");
        }

        var publications = new List<StoredPublication>(answer.Length / 2);
        for (var i = 1; i + 1 < answer.Length; i += 2)
        {
            if (!PublicationBytes.TryRead((byte[]?)answer[i + 1], out var publication))
            {
                throw new BackplaneException("The history has a publication of a form this server does not know.");
            }

            publications.Add(new StoredPublication((ulong)(long)answer[i], publication));
        }

        return new HistoryPage(publications, top);
    }

    private Shard ShardOf(string room) => _disposed ? throw new BackplaneException(Stopped) : _shards[_placement.Of(room)];
}
