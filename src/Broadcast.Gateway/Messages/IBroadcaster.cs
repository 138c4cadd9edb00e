using System.Runtime.CompilerServices;

namespace Broadcast.Gateway;

/// <summary>How an application publishes and sends. Rights and rates of clients do not apply to it. Any thread may call it.</summary>
public interface IBroadcaster
{
    /// <summary>Publishes data to a room, as JSON. Returns when it is ordered and stored, not when it is delivered. Calls of one caller keep their order.</summary>
    /// <param name="room">1–255 characters of <c>[A-Za-z0-9_.:/#@$-]</c>.</param>
    /// <param name="data">A <see cref="Fragment"/>, a <see cref="FragmentBatch"/>, or anything else that is written as JSON; at most <c>MaxMessageBytes</c>.</param>
    /// <returns>Accepted, with its position; Refused, nobody will receive it; or Unknown, it may arrive.</returns>
    /// <exception cref="ArgumentException">The room's name is not good.</exception>
    ValueTask<PublishResult> PublishAsync<T>(string room, T data, CancellationToken cancellation = default);

    /// <summary>Publishes what may also be text or bytes, and have a key, an event name or tags.</summary>
    /// <param name="idempotencyKey">The same key in the same room within five minutes is stored once, and answered alike.</param>
    /// <inheritdoc cref="PublishAsync{T}(string, T, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    ValueTask<PublishResult> PublishAsync(string room, Publication publication, string? idempotencyKey = null, CancellationToken cancellation = default);

    /// <summary>Publishes data meant for a part of the room: nobody else is shown it, neither now nor from history.</summary>
    /// <returns>As above; Refused also if there is no such audience.</returns>
    /// <inheritdoc cref="PublishAsync{T}(string, T, CancellationToken)"/>
    ValueTask<PublishResult> PublishAsync<T>(string room, T data, Audience audience, CancellationToken cancellation = default);

    /// <summary>
    /// Publishes as <see cref="PublishAsync{T}(string, T, CancellationToken)"/> does, and tells what became of it among the room's members, on all nodes. Returns
    /// when every member there was has got to it, or after <see cref="ReceiptOptions.Wait"/>.
    /// </summary>
    /// <inheritdoc cref="PublishAsync{T}(string, T, CancellationToken)"/>
    Task<Receipt> PublishWithReceiptAsync<T>(string room, T data, CancellationToken cancellation = default);

    /// <inheritdoc cref="PublishWithReceiptAsync{T}(string, T, CancellationToken)"/>
    /// <param name="idempotencyKey">The same key in the same room within five minutes is stored once, and answered alike; the receipt within half a minute.</param>
    [OverloadResolutionPriority(1)]
    Task<Receipt> PublishWithReceiptAsync(string room, Publication publication, string? idempotencyKey = null, CancellationToken cancellation = default);

    /// <inheritdoc cref="PublishWithReceiptAsync{T}(string, T, CancellationToken)"/>
    Task<Receipt> PublishWithReceiptAsync<T>(string room, T data, Audience audience, CancellationToken cancellation = default);

    /// <summary>Sends something to one client alone, on whichever node it is, as JSON, outside of rooms. It is not kept.</summary>
    /// <param name="connection">The <see cref="IConnection.Id"/>.</param>
    /// <returns>False if no node has that client, or the one that has it does not answer.</returns>
    /// <exception cref="ArgumentException">It is longer than all that may wait for a client (<c>MaxReplyBytes</c>).</exception>
    Task<bool> SendAsync<T>(string connection, T message);
}
