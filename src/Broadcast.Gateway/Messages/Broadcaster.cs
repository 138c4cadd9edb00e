using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>What the application publishes and sends, on its way to the hub and to other nodes. Any thread may call it.</summary>
internal sealed class Broadcaster(Hub hub, Cluster cluster, HandlerPool pool, IOptions<BroadcastOptions> options) : IBroadcaster
{
    public ValueTask<PublishResult> PublishAsync<T>(string room, T data, CancellationToken cancellation = default) =>
        PublishAsync(room, Of(data), idempotencyKey: null, cancellation);

    public ValueTask<PublishResult> PublishAsync<T>(string room, T data, Audience audience, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(audience);
        return PublishAsync(room, Of(data).For(audience), idempotencyKey: null, cancellation);
    }

    public ValueTask<PublishResult> PublishAsync(string room, Publication publication, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(publication);
        return IsTooLarge(publication, out var refused)
            ? ValueTask.FromResult(refused)
            : hub.PublishAsync(room, publication, idempotencyKey, cancellation);
    }

    public Task<Receipt> PublishWithReceiptAsync<T>(string room, T data, CancellationToken cancellation = default) =>
        PublishWithReceiptAsync(room, Of(data), idempotencyKey: null, cancellation);

    public Task<Receipt> PublishWithReceiptAsync<T>(string room, T data, Audience audience, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(audience);
        return PublishWithReceiptAsync(room, Of(data).For(audience), idempotencyKey: null, cancellation);
    }

    public Task<Receipt> PublishWithReceiptAsync(
        string room, Publication publication, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(publication);
        return IsTooLarge(publication, out var refused)
            ? Task.FromResult(new Receipt(refused, ReceiptCounts.Nobody, []))
            : cluster.Receipts.PublishAsync(room, publication, idempotencyKey, cancellation);
    }

    public async Task<bool> SendAsync<T>(string connection, T message)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(message, pool.Json);
        if (pool.SizeRefusal(json.Length) is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(message));
        }

        var answers = await cluster.Clients.SendAsync(ClientTarget.OfClient(connection), json, ContentKind.Json);
        return answers.Any(a => a is { IsAnswered: true, Value: > 0 });
    }

    /// <summary>A publication is taken as it is: with a cancellation as third argument, the compiler takes the overload for data.</summary>
    private Publication Of<T>(T data) => data as Publication ?? new(JsonSerializer.SerializeToUtf8Bytes(data, pool.Json), ContentKind.Json);

    private bool IsTooLarge(Publication publication, out PublishResult refused)
    {
        var isTooLarge = publication.Data.Length > options.Value.MaxMessageBytes;
        refused = isTooLarge ? PublishResult.Refused($"A publication has at most {options.Value.MaxMessageBytes} bytes.") : default;
        if (isTooLarge)
        {
            hub.Metrics.Refused("size");
        }

        return isTooLarge;
    }
}
