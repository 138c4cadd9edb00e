using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>Publishes what came in a POST, and answers what became of it: at the backplane, and with <c>?receipt=1</c> among the room's members.</summary>
internal sealed class Posting(Hub hub, Cluster cluster, Access access, StopDeadline stop)
{
    /// <returns>Null, or why the publisher may not be told what becomes of the publication.</returns>
    public Refusal? RefuseReceipt(HttpContext context, Caller caller, string room) => context.Flag("receipt") && !access.MaySeePresence(caller, room)
        ? Refusal.Forbidden("A receipt counts the room's members, and seeing these is not permitted.")
        : null;

    /// <param name="greet">Writes what stands in the answer before the position.</param>
    public async Task PublishAsync(HttpContext context, string room, Publication publication, Action<Utf8JsonWriter>? greet = null)
    {
        var receipt = await PublishAsync(room, publication, PublicationReader.IdempotencyKey(context), context.Flag("receipt"));
        var result = receipt.Result;
        if (result.IsAccepted)
        {
            await Json.WriteAsync(context, json =>
            {
                greet?.Invoke(json);
                json.WriteString("position", result.Position.ToString());
                json.WriteNumber("offset", result.Position.Offset);
                json.WriteString("epoch", result.Position.Epoch);
                Write(json, receipt);
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

    public static void Write(Utf8JsonWriter json, Receipt receipt)
    {
        if (receipt.Nodes.Count == 0)
        {
            return;
        }

        json.WriteStartObject("receipt");
        Write(json, receipt.Sum);
        json.WriteStartArray("nodes");
        foreach (var part in receipt.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("uid", part.Node?.Id);
            json.WriteString("name", part.Node?.Name);
            if (part.Value is { } counts)
            {
                Write(json, counts);
            }
            else
            {
                json.WriteString("missing", part.Failure);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (receipt.IsIncomplete)
        {
            json.WriteBoolean("incomplete", true);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ReceiptCounts counts)
    {
        json.WriteNumber("members", counts.Members);
        json.WriteNumber("addressed", counts.Addressed);
        json.WriteNumber("written", counts.Written);
        json.WriteNumber("withheld", counts.Withheld);
        json.WriteNumber("leftBehind", counts.LeftBehind);
        json.WriteNumber("users", counts.Users);
    }

    /// <summary>Once begun, it is not given up because the client leaves: it would be stored without anybody knowing.</summary>
    public async Task<Receipt> PublishAsync(string room, Publication publication, string? idempotencyKey, bool withReceipt)
    {
        var publishing = withReceipt
            ? cluster.Receipts.PublishAsync(room, publication, idempotencyKey, CancellationToken.None)
            : WithoutAsync(hub.PublishAsync(room, publication, idempotencyKey, CancellationToken.None));
        if (publishing.IsCompleted)
        {
            return await publishing;
        }

        try
        {
            return await publishing.WaitAsync(stop.Passed);
        }
        catch (OperationCanceledException) when (stop.Passed.IsCancellationRequested)
        {
            return Without(PublishResult.Unknown("The node stops, and the publication may or may not arrive."));
        }
    }

    private static async Task<Receipt> WithoutAsync(ValueTask<PublishResult> publishing) => Without(await publishing);

    private static Receipt Without(PublishResult result) => new(result, ReceiptCounts.Nobody, []);
}
