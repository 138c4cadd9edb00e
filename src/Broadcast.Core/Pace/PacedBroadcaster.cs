using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>
/// What is enqueued leaves one after the other, first in first out, at most so many a second. Any thread may enqueue, and nobody waits; one task
/// sends, while there is something to send. From the beginning of one sending to that of the next it is never less than a second divided by
/// <see cref="PaceOptions.MaxPerSecond"/>: who is late makes those after it late, and after an idle time one goes at once, not as many as
/// could have gone. So no second ever sees more than the rate. Dispose it before the hub.
/// </summary>
public sealed class PacedBroadcaster : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly long[] _counts = new long[Enum.GetValues<PacedOutcome>().Length];
    private readonly Hub _hub;
    private readonly PaceOptions _options;
    private readonly ILogger _logger;
    private readonly PaceLine _line;
    private readonly PaceTurns _turns;
    private readonly long _interval;
    private Task _sending = Task.CompletedTask;
    private bool _isSending;
    private bool _isStopping;

    /// <summary>When the next one may leave. Touched by the task that sends; one begins after the other has ended.</summary>
    private long _next;

    /// <exception cref="ArgumentException">An option is not good, or the name is empty; the message is one sentence.</exception>
    internal PacedBroadcaster(string name, Hub hub, PaceOptions options, ILogger<PacedBroadcaster> logger)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(hub);
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        }
        catch (ValidationException e)
        {
            throw new ArgumentException($"There can be no broadcaster {name}: {e.Message}", nameof(options), e);
        }

        (Name, _hub, _options, _logger) = (name, hub, options.Copy(), logger);
        _line = new PaceLine(_options);
        _turns = new PaceTurns(_options.Timeout, hub.Time, logger, name);
        _interval = (hub.Time.TimestampFrequency + _options.MaxPerSecond - 1) / _options.MaxPerSecond;
        _next = hub.Time.GetTimestamp();
    }

    /// <summary>Shown to operators.</summary>
    public string Name { get; }

    public PacedStatus Status
    {
        get
        {
            lock (_gate)
            {
                return new PacedStatus(
                    Name, _line.Count, _line.Bytes, _line.OldestAt, CountOf(PacedOutcome.Sent), CountOf(PacedOutcome.Failed), CountOf(PacedOutcome.Refused),
                    CountOf(PacedOutcome.Filtered), CountOf(PacedOutcome.Coalesced), CountOf(PacedOutcome.Oldest), CountOf(PacedOutcome.Stopped));
            }
        }
    }

    /// <summary>Publishes to a room when its turn has come. Its key, in its room, is what <see cref="PaceRule.Coalesce"/> goes by.</summary>
    /// <param name="filter">Asked when its turn has come; false drops it, and the next one takes that turn. It should not wait for anything.</param>
    /// <exception cref="ArgumentException">The room's name is not good, or something that goes with the publication; the message is one sentence.</exception>
    public EnqueueResult Enqueue(string room, Publication publication, Func<PacedItem, bool>? filter = null)
    {
        ArgumentNullException.ThrowIfNull(publication);
        if (RoomName.Refusal(room) is { } noRoom)
        {
            throw new ArgumentException(noRoom, nameof(room));
        }

        if (PublicationLimits.Refusal(publication, null) is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(publication));
        }

        var item = new PacedItem(room, publication.Key, _hub.Time.GetUtcNow());
        return Enqueue(new PacedSend(item, publication.Cost, filter, async (_, cancellation) =>
        {
            var result = await _hub.PublishAsync(room, publication, cancellation: cancellation);
            return result.IsAccepted ? null : result.Reason ?? "The backplane gave no reason.";
        }));
    }

    /// <summary>Calls a function when its turn has come.</summary>
    /// <param name="send">
    /// The next one is sent when it has ended, or its time is over. It should look at its cancellation: <see cref="PaceOptions.Timeout"/>, or the end of the broadcaster.
    /// </param>
    /// <param name="key">What it is the newest value of, for <see cref="PaceRule.Coalesce"/>; apart from the keys of rooms.</param>
    /// <inheritdoc cref="Enqueue(string, Publication, Func{PacedItem, bool}?)" path="/param[@name='filter']"/>
    public EnqueueResult Enqueue(Func<PacedItem, CancellationToken, Task> send, string? key = null, Func<PacedItem, bool>? filter = null)
    {
        ArgumentNullException.ThrowIfNull(send);
        return Enqueue(new PacedSend(new PacedItem(null, key, _hub.Time.GetUtcNow()), 0, filter, async (item, cancellation) =>
        {
            await send(item, cancellation);
            return null;
        }));
    }

    /// <summary>Takes in nothing more. What waits leaves at its pace for <see cref="PaceOptions.DrainFor"/>; the rest is dropped, and what is being sent cancelled.</summary>
    internal async Task StopAsync()
    {
        Task sending;
        lock (_gate)
        {
            _isStopping = true;
            sending = _sending;
        }

        await sending.WaitAsync(_options.DrainFor, _hub.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await CutAsync();
    }

    /// <summary>Drops at once what waits.</summary>
    public async ValueTask DisposeAsync() => await CutAsync();

    private EnqueueResult Enqueue(PacedSend send)
    {
        EnqueueResult result;
        var dropped = 0;
        lock (_gate)
        {
            result = _isStopping ? EnqueueResult.Stopping : _line.Add(send, out dropped);
            if (result == EnqueueResult.Queued && !_isSending)
            {
                _isSending = true;

                // Who enqueues has nothing to do with what is sent later: neither his trace nor his thread.
                using (ExecutionContext.SuppressFlow())
                {
                    _sending = Task.Run(SendAllAsync);
                }
            }
        }

        if (result == EnqueueResult.Queued)
        {
            _hub.Metrics.PacedWaiting.Add(1);
            Left(PacedOutcome.Oldest, dropped);
        }
        else
        {
            // The one that waits is another, but there are as many.
            Count(result == EnqueueResult.Coalesced ? PacedOutcome.Coalesced : PacedOutcome.Refused, 1);
        }

        return result;
    }

    /// <summary>Never fails: what items do is caught where they are sent.</summary>
    private async Task SendAllAsync()
    {
        while (HasMore())
        {
            // It stays in the line until its turn, where a newer one may take its place.
            await WaitForTurnAsync();
            if (TryTake() is { } send)
            {
                Left(await SendAsync(send), 1);
            }
        }
    }

    private bool HasMore()
    {
        lock (_gate)
        {
            _isSending = _line.Count > 0;
            return _isSending;
        }
    }

    private PacedSend? TryTake()
    {
        lock (_gate)
        {
            return _line.TryTake();
        }
    }

    private async Task WaitForTurnAsync()
    {
        while (Volatile.Read(ref _next) - _hub.Time.GetTimestamp() is > 0 and var left && !_cut.IsCancellationRequested)
        {
            // Timers count whole milliseconds.
            var wait = TimeSpan.FromMilliseconds(Math.Ceiling(left * 1_000.0 / _hub.Time.TimestampFrequency));
            await Task.Delay(wait, _hub.Time, _cut.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<PacedOutcome> SendAsync(PacedSend send)
    {
        using var turn = _turns.Begin(_cut.Token);
        try
        {
            if (send.Filter?.Invoke(send.Item) == false)
            {
                return PacedOutcome.Filtered;
            }

            // Once more when it begins: a thread for it may be long in coming, and the next one's at hand.
            Begins();
            if (await turn.CallAsync(Send) is not { } reason)
            {
                return PacedOutcome.Sent;
            }

            PaceLog.NotSent(_logger, Name, reason, null);
            return PacedOutcome.Failed;
        }
        catch (Exception e) when (_cut.IsCancellationRequested && e is OperationCanceledException or TimeoutException)
        {
            return PacedOutcome.Stopped;
        }
        catch (Exception e)
        {
            PaceLog.NotSent(_logger, Name, e.Message, e);
            return PacedOutcome.Failed;
        }

        Task<string?> Send(CancellationToken cancellation)
        {
            Begins();
            return send.SendAsync(send.Item, cancellation).AsTask();
        }

        void Begins() => Volatile.Write(ref _next, _hub.Time.GetTimestamp() + _interval);
    }

    private async Task CutAsync()
    {
        Task sending;
        int dropped;
        lock (_gate)
        {
            _isStopping = true;
            dropped = _line.Clear();
            sending = _sending;
        }

        if (dropped > 0)
        {
            Left(PacedOutcome.Stopped, dropped);
            PaceLog.DroppedAtStop(_logger, Name, dropped);
        }

        if (!await PaceStop.TryEndAsync(_cut, sending, StopTimeout, _hub.Time, _logger, Name))
        {
            PaceLog.SendingDidNotStop(_logger, Name, StopTimeout);
        }
    }

    private long CountOf(PacedOutcome outcome) => Volatile.Read(ref _counts[(int)outcome]);

    private void Left(PacedOutcome outcome, int count)
    {
        if (count > 0)
        {
            _hub.Metrics.PacedWaiting.Add(-count);
            Count(outcome, count);
        }
    }

    private void Count(PacedOutcome outcome, int count)
    {
        Interlocked.Add(ref _counts[(int)outcome], count);
        _hub.Metrics.Paced(outcome, count);
    }
}
