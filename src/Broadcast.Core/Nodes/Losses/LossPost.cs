using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>
/// Sends what <see cref="Losses"/> has to say, and never fails: what is not sent is missed by others, and asked for, or said again with the next heartbeat. Any
/// thread may call it.
/// </summary>
internal sealed class LossPost(Hub hub, Cluster cluster, ILogger logger)
{
    /// <summary>Says that this node is there, with what it claims.</summary>
    public Task SayHereAsync() => TryAsync(() => cluster.SayHereAsync());

    /// <param name="node">An id; null for all.</param>
    public Task SendAsync(string? node, string kind, ClientNews? news = null) => TryAsync(() =>
        cluster.TellAsync(node, kind, news is null ? null : JsonSerializer.SerializeToElement(news, NodeJson.Default.ClientNews)));

    public void Fault(Exception e)
    {
        hub.Metrics.Faults.Add(1);
        NodeLog.NodeFault(logger, e);
    }

    private async Task TryAsync(Func<ValueTask> send)
    {
        try
        {
            await send();
        }
        catch (BackplaneException)
        {
            hub.Metrics.NodeFailures.Add(1, new KeyValuePair<string, object?>("reason", "unsent"));
        }
        catch (OperationCanceledException) when (cluster.Ended.IsCancellationRequested)
        {
            // The node stops, and tells of its clients itself.
        }
        catch (Exception e)
        {
            Fault(e);
        }
    }
}
