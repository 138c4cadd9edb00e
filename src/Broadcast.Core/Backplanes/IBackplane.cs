using System.Diagnostics.Metrics;

namespace Broadcast.Core;

/// <summary>
/// Orders a room's publications, keeps their history, and hands them over to every node that listens to the room. Any thread may
/// call it. What it hands over may come late, twice, or not at all: rooms compare offsets and mend holes from history. What was handed
/// over can be read from history at once. A call whose token is cancelled already does nothing; one that is cancelled later may or may not
/// take effect. Disposing ends all calls under way: later ones are refused, or throw <see cref="BackplaneException"/>.
/// </summary>
public interface IBackplane : IAsyncDisposable
{
    /// <summary>Whether hand-overs can get lost, so that rooms must compare positions from time to time.</summary>
    bool CanLoseHandOvers { get; }

    /// <summary>Whether other nodes share it: what is published and told here reaches their members, and theirs ours.</summary>
    bool SpansNodes { get; }

    /// <summary>Whether it can do anything now; a node whose backplane cannot should be sent no clients.</summary>
    bool IsReachable => true;

    /// <summary>What it counts; null if nothing.</summary>
    Meter? Meter => null;

    /// <summary>Begins. Called once, before anything else.</summary>
    /// <param name="mayHaveLost">Called when hand-overs may have been lost (a connection broke and is back), so that rooms compare positions at once.</param>
    void Start(Action mayHaveLost);

    /// <summary>Returns when the publication is ordered and stored, not when it is delivered. Calls of one caller keep their order.</summary>
    /// <param name="idempotencyKey">The same key in the same room within five minutes is stored once, and answered alike.</param>
    /// <returns>Accepted, with its position; Refused, nobody will receive it; or Unknown, it may arrive and may be retried with the same key.</returns>
    ValueTask<PublishResult> PublishAsync(string room, Publication publication, string? idempotencyKey, CancellationToken cancellation);

    /// <summary>Tells a notice to every node that listens to the room; in order after what the caller published before. Not stored.</summary>
    /// <exception cref="BackplaneException">It may not have been told.</exception>
    ValueTask NotifyAsync(string room, Notice notice, CancellationToken cancellation);

    /// <summary>Begins to hand over what is published to <paramref name="room"/>. A room is listened to once at a time.</summary>
    /// <param name="receiver">Where it goes until <see cref="UnsubscribeAsync"/>.</param>
    /// <returns>A position after which nothing is missed. Its epoch is never empty.</returns>
    /// <exception cref="BackplaneException">The room cannot be listened to now.</exception>
    ValueTask<StreamPosition> SubscribeAsync(string room, IHandOver receiver, CancellationToken cancellation);

    /// <summary>Ends handing over; something may still come for a moment.</summary>
    ValueTask UnsubscribeAsync(string room, CancellationToken cancellation);

    /// <summary>Reads history.</summary>
    /// <exception cref="BackplaneException">The history cannot be read now.</exception>
    ValueTask<HistoryPage> ReadAsync(string room, HistoryQuery query, CancellationToken cancellation);
}
