using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>Carries out requests of all clients, so many at a time, and counts them. Any thread may call it.</summary>
internal sealed class HandlerPool : IDisposable
{
    private readonly HandlerOptions _options;
    private readonly SemaphoreSlim _places;
    private readonly RateGates _gates;
    private readonly Hub _hub;
    private readonly IServiceScopeFactory _scopes;
    private readonly ILogger _logger;
    private readonly Counter<long> _requests;
    private readonly int _maxAnswer;
    private int _waiting;
    private long _waitingBytes;

    public HandlerPool(
        Hub hub, IServiceScopeFactory scopes, IOptions<BroadcastOptions> options, IOptions<JsonOptions> json, ILogger<HandlerPool> logger)
    {
        (_hub, _scopes, _options, _logger) = (hub, scopes, options.Value.Handlers, logger);
        _maxAnswer = options.Value.Hub.Connections.MaxReplyBytes;
        _places = new SemaphoreSlim(_options.MaxRunning);
        _gates = new RateGates(hub.Time);

        Json = new JsonSerializerOptions(json.Value.SerializerOptions);
        Json.MakeReadOnly(populateMissingResolver: true);
        ReadingJson = new JsonSerializerOptions(Json) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };
        ReadingJson.MakeReadOnly();
        var meter = hub.Metrics.Publications.Meter;
        _requests = meter.CreateCounter<long>("broadcast.requests", description: "requests to handlers, by outcome");
        meter.CreateObservableUpDownCounter("broadcast.requests_running", () => _options.MaxRunning - _places.CurrentCount, description: "requests at work");
        meter.CreateObservableUpDownCounter("broadcast.requests_waiting", () => Volatile.Read(ref _waiting), description: "requests that wait");
    }

    /// <summary>As the application writes JSON elsewhere.</summary>
    public JsonSerializerOptions Json { get; }

    /// <summary>The same for what clients send; but what a type says must be there must be there.</summary>
    public JsonSerializerOptions ReadingJson { get; }

    public int MaxWaitingPerConnection => _options.MaxWaitingPerConnection;

    public RateGate NewGate(RateOptions rate) => new(rate, _hub.Time);

    /// <summary>One for each user and handler; no user is named *.</summary>
    public RateGate GateOf(Handler handler, RateOptions rate, string user) => _gates.Of((handler.Name, "=" + user), (handler.Name, "*"), rate);

    public void CountRefusal(string reason) => _hub.Metrics.Refused(reason);

    public void CountOutcome(string outcome) => _requests.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    /// <returns>Null, or why so long a message is not sent to a client.</returns>
    public string? SizeRefusal(int bytes) =>
        bytes <= _maxAnswer ? null : $"What a client is sent has at most {_maxAnswer} bytes (Broadcast:Hub:Connections:MaxReplyBytes); this has {bytes}.";

    /// <summary>Counts a request among those that wait.</summary>
    /// <returns>False if there are too many.</returns>
    public bool TryWait(HandlerRequest request)
    {
        var count = Interlocked.Increment(ref _waiting);
        var bytes = Interlocked.Add(ref _waitingBytes, request.Cost);
        if (count <= _options.MaxWaiting && bytes <= _options.MaxWaitingBytes)
        {
            return true;
        }

        StopWaiting(request);
        return false;
    }

    /// <summary>Takes one of the places for requests at work; the request no longer waits then.</summary>
    /// <returns>False if the client has gone.</returns>
    public async ValueTask<bool> TryTakePlaceAsync(HandlerRequest request, CancellationToken gone)
    {
        try
        {
            await _places.WaitAsync(gone);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Or an earlier request of the client outlived the node.
            CountOutcome("cancelled");
            return false;
        }
        finally
        {
            StopWaiting(request);
        }
    }

    public void GiveBack()
    {
        try
        {
            _places.Release();
        }
        catch (ObjectDisposedException)
        {
            // The handler outlived the node.
        }
    }

    /// <summary>
    /// Never fails, whatever the handler does. A handler that does not look at its cancellation keeps its place, and the client's later requests waiting,
    /// until it ends; the client is told in time all the same.
    /// </summary>
    public async Task CarryOutAsync(Handler handler, HandlerRequest request, HandlerConnection connection)
    {
        using var limit = new CallLimit(
            _options.Timeout, _hub.Time, e => CancellingFailed(connection, e), over: () => Cancelled(handler, request, connection));
        await using var gone = connection.Gone.UnsafeRegister(static limit => ((CallLimit)limit!).Cancel(), limit);
        try
        {
            var outcome = await AnswerAsync(handler, request, connection, limit.Token);
            if (!request.TryAnswer())
            {
                return;
            }

            CountOutcome(outcome.Error is null ? "answered" : "refused");
            if (outcome.Error == ErrorCode.PermissionDenied)
            {
                CountRefusal(Refusal.NoPermission);
            }

            await connection.PostAsync(outcome.Error is { } error ? request.Error(error, outcome.Message) : request.Result(outcome.Answer));
        }
        catch (Exception) when (limit.Token.IsCancellationRequested)
        {
            Cancelled(handler, request, connection);
        }
        catch (Exception e)
        {
            if (request.TryAnswer())
            {
                var id = NewId();
                CountOutcome("failed");
                Log.HandlerFailed(_logger, handler.Name, connection.Id, id, e);
                await connection.PostAsync(Failure(request, id));
            }
        }
    }

    public void CancellingFailed(HandlerConnection connection, Exception exception) => Log.CancellingFailed(_logger, connection.Id, exception);

    /// <summary>Waits for handlers that are still at work when their clients have gone.</summary>
    public async Task StopAsync(CancellationToken cut)
    {
        using var patience = new CancellationTokenSource(_options.StopTimeout, _hub.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cut);
        var taken = 0;
        try
        {
            for (; taken < _options.MaxRunning; taken++)
            {
                await _places.WaitAsync(both.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Log.HandlersLeft(_logger, _options.StopTimeout);
        }

        // A host may be stopped more than once, and must not wait for what the first time took.
        if (taken > 0)
        {
            _places.Release(taken);
        }
    }

    public void Dispose() => _places.Dispose();

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    private static ReadOnlyMemory<byte> Failure(HandlerRequest request, string id) =>
        request.Error(ErrorCode.Internal, $"It failed; the log has it as {id}.");

    private async Task<HandlerOutcome> AnswerAsync(Handler handler, HandlerRequest request, HandlerConnection connection, CancellationToken cancellation)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var outcome = await handler.AnswerAsync(request, connection, scope.ServiceProvider, cancellation);
        return outcome.Answer is { } answer && SizeRefusal(answer.Length) is { } tooLong ? throw new InvalidOperationException(tooLong) : outcome;
    }

    /// <summary>The time is over, or the client has gone. The client is told here, whatever the handler is at.</summary>
    private void Cancelled(Handler handler, HandlerRequest request, HandlerConnection connection)
    {
        if (!request.TryAnswer())
        {
            return;
        }

        if (connection.Gone.IsCancellationRequested)
        {
            CountOutcome("cancelled");
            return;
        }

        var id = NewId();
        CountOutcome("late");
        Log.HandlerLate(_logger, handler.Name, connection.Id, _options.Timeout, id);
        _ = connection.PostAsync(Failure(request, id));
    }

    private void StopWaiting(HandlerRequest request)
    {
        Interlocked.Decrement(ref _waiting);
        Interlocked.Add(ref _waitingBytes, -request.Cost);
    }
}
