using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>Publishes what came in a POST, and answers what became of it.</summary>
internal sealed class Posting(Hub hub, StopDeadline stop)
{
    /// <param name="greet">Writes what stands in the answer before the position.</param>
    public async Task PublishAsync(HttpContext context, string room, Publication publication, Action<Utf8JsonWriter>? greet = null)
    {
        var result = await PublishAsync(room, publication, PublicationReader.IdempotencyKey(context));
        if (result.IsAccepted)
        {
            await Json.WriteAsync(context, json =>
            {
                greet?.Invoke(json);
                json.WriteString("position", result.Position.ToString());
                json.WriteNumber("offset", result.Position.Offset);
                json.WriteString("epoch", result.Position.Epoch);
            });
            return;
        }

        await Refusal.NotPublished(result).WriteAsync(context);
    }

    /// <summary>Answers a POST that is not published.</summary>
    public Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        if (refusal.Status == StatusCodes.Status413PayloadTooLarge)
        {
            hub.Metrics.Refused("size");
        }

        return refusal.WriteAsync(context);
    }

    /// <summary>Once begun, it is not given up because the client leaves: it would be stored without anybody knowing.</summary>
    public async Task<PublishResult> PublishAsync(string room, Publication publication, string? idempotencyKey)
    {
        var publishing = hub.PublishAsync(room, publication, idempotencyKey, CancellationToken.None);
        if (publishing.IsCompleted)
        {
            return await publishing;
        }

        try
        {
            return await publishing.AsTask().WaitAsync(stop.Passed);
        }
        catch (OperationCanceledException) when (stop.Passed.IsCancellationRequested)
        {
            return PublishResult.Unknown("The node stops, and the publication may or may not arrive.");
        }
    }
}
