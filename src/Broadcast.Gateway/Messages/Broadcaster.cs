using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>What the application publishes and sends, on its way to the hub and to other nodes. Any thread may call it.</summary>
internal sealed class Broadcaster(Hub hub, Cluster cluster, HandlerPool pool, IOptions<BroadcastOptions> options) : IBroadcaster
{
    public ValueTask<PublishResult> PublishAsync<T>(string room, T data, CancellationToken cancellation = default) =>
        PublishAsync(room, new Publication(JsonSerializer.SerializeToUtf8Bytes(data, pool.Json), ContentKind.Json), idempotencyKey: null, cancellation);

    public ValueTask<PublishResult> PublishAsync<T>(string room, T data, Audience audience, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(audience);
        var publication = data as Publication ?? new Publication(JsonSerializer.SerializeToUtf8Bytes(data, pool.Json), ContentKind.Json);
        return PublishAsync(room, publication.For(audience), idempotencyKey: null, cancellation);
    }

    public ValueTask<PublishResult> PublishAsync(string room, Publication publication, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(publication);
        if (publication.Data.Length > options.Value.MaxMessageBytes)
        {
            hub.Metrics.Refused("size");
            return ValueTask.FromResult(PublishResult.Refused($"A publication has at most {options.Value.MaxMessageBytes} bytes."));
        }

        return hub.PublishAsync(room, publication, idempotencyKey, cancellation);
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
}
