using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Broadcast.Example;

/// <summary>Writes down in a room what hooks are told, and on which node; again and again until it is accepted, and once all the same.</summary>
internal sealed class Journal(IBroadcaster broadcaster, IOptions<BroadcastOptions> node, TimeProvider time)
{
    public async Task WriteAsync(string what, string? client = null, string? user = null, Disconnect? reason = null, CancellationToken cancellation = default)
    {
        var entry = new { What = what, Client = client, User = user, reason?.Code, reason?.Reason, node.Value.Node };
        var publication = new Publication(JsonSerializer.SerializeToUtf8Bytes(entry, JsonSerializerOptions.Web), ContentKind.Json);
        for (var key = Guid.NewGuid().ToString(); !(await broadcaster.PublishAsync("journal", publication, key, cancellation)).IsAccepted;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellation);
        }
    }
}
