using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>A source, the room it is attached to, and what is done with the two, whatever runs the feed. Immutable.</summary>
internal sealed class Attachment(Hub hub, string room, string name, ISource source, SourceOptions options, ILogger logger)
{
    private const int MaxTellings = 5;

    private readonly string _keys = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    public Hub Hub => hub;

    public string Room => room;

    public string Name => name;

    public ISource Source => source;

    public SourceOptions Options => options;

    public ILogger Logger => logger;

    /// <exception cref="InvalidOperationException">The item cannot be published; this is the source's failure.</exception>
    public static Publication Checked(Publication? item)
    {
        var refusal = item is null ? "The source gave nothing for an item." : PublicationLimits.Refusal(item, null);
        return refusal is null ? item! : throw new InvalidOperationException(refusal);
    }

    public static string ReasonOf(Exception e) => e.Message.Length > 0 ? e.Message : e.GetType().Name;

    /// <param name="number">Of the item, from 1: each has a key of its own, by which repeating is safe.</param>
    /// <returns>Null if the room accepted it, else why not. Refused or unknown makes no difference.</returns>
    public async ValueTask<string?> TryPublishAsync(Publication item, long number, CancellationToken stop)
    {
        try
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{_keys}-{number}");
            var result = await hub.PublishAsync(room, item, key, stop);
            return result.IsAccepted ? null : result.Reason ?? "The backplane gave no reason.";
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // The backplane's fault is not the source's: it must not be restarted for it.
            return ReasonOf(e);
        }
    }

    /// <summary>The source failed, and is read anew after a wait: said in the log.</summary>
    /// <param name="attempt">Which restart in a row comes next, from 1.</param>
    /// <returns>How the feed is now.</returns>
    public FeedSnapshot Restarting(TimeSpan wait, int attempt, Exception failure)
    {
        var now = hub.Time.GetUtcNow();
        SourceLog.Restarting(logger, name, room, wait, attempt, failure);
        return new FeedSnapshot(SourceState.Restarting, now, ReasonOf(failure), attempt, now + wait);
    }

    /// <summary>The source is read anew: counted.</summary>
    /// <returns>How the feed is now.</returns>
    public FeedSnapshot Restarted()
    {
        hub.Metrics.SourceRestarts.Add(1);
        return new FeedSnapshot(SourceState.Running, hub.Time.GetUtcNow());
    }

    /// <summary>The source gives nothing any more, since it failed once too often: counted, and said in the log.</summary>
    /// <returns>How the feed is now.</returns>
    public FeedSnapshot Failed(Exception failure)
    {
        hub.Metrics.SourceFailures.Add(1);
        SourceLog.Failed(logger, name, room, failure);
        return new FeedSnapshot(SourceState.Failed, hub.Time.GetUtcNow(), ReasonOf(failure));
    }

    /// <summary>Tells the members that it ended or failed. A notice that came twice does less harm than one that never came.</summary>
    /// <param name="stop">Ends what comes after the first telling, and after one under way.</param>
    public async Task TellAsync(string? reason, CancellationToken stop)
    {
        var wait = FeedWaits.FirstRetry;
        for (var telling = 1; telling == 1 || !stop.IsCancellationRequested; telling++)
        {
            try
            {
                // Not cancelled by a successor's attaching: the last words are said before it begins.
                await hub.NotifyAsync(room, new SourceStopped(name, reason), CancellationToken.None);
                return;
            }
            catch (Exception e)
            {
                if (telling == MaxTellings)
                {
                    SourceLog.NotTold(logger, room, name, e);
                    return;
                }
            }

            await Task.Delay(FeedWaits.Jittered(wait), hub.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait = FeedWaits.AfterRetry(wait);
        }
    }

    public async Task CloseAsync(IAsyncEnumerator<Publication> items)
    {
        try
        {
            await items.DisposeAsync();
        }
        catch (Exception e)
        {
            // Thrown on, it would hide why the reading failed, or make an ended source begin again.
            SourceLog.NotClosed(logger, name, room, e);
        }
    }

    /// <summary>Whoever registered something for the cancellation is the source: what it throws there is its own.</summary>
    public async Task CancelAsync(CancellationTokenSource stop)
    {
        try
        {
            await stop.CancelAsync();
        }
        catch (Exception e)
        {
            SourceLog.NotClosed(logger, name, room, e);
        }
    }

    /// <summary>Waits for a feed to stop, as long as the source may take for that.</summary>
    public async Task WaitForStopAsync(Task stopped)
    {
        try
        {
            await stopped.WaitAsync(options.StopTimeout, hub.Time);
        }
        catch (TimeoutException)
        {
            SourceLog.DidNotStop(logger, name, room, options.StopTimeout);
        }
    }
}
