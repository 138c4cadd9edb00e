using Microsoft.Extensions.Options;

namespace Broadcast.Example;

/// <summary>Writes down in a room what hooks are told, and on which node.</summary>
internal sealed class Journal(IBroadcaster broadcaster, IOptions<BroadcastOptions> node)
{
    public async Task WriteAsync(string what, string? client = null, string? user = null, Disconnect? reason = null) =>
        await broadcaster.PublishAsync("journal", new { What = what, Client = client, User = user, reason?.Code, reason?.Reason, node.Value.Node });
}
