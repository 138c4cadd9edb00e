using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>Publishing and reading history over HTTP: <c>/rooms/{room}/messages</c>.</summary>
internal sealed class MessagesEndpoint(
    Hub hub, Access access, Callers callers, PublishRates rates, Origins origins, IOptions<BroadcastOptions> options,
    Posting posting, StopDeadline stop, MeantHistory history)
{
    private const int DefaultLimit = 100;

    public async Task PublishAsync(HttpContext context)
    {
        var room = context.Room();
        var asking = await callers.OfAsync(context);
        var refusal = CheckRoom(context, room)
            ?? asking.Refusal
            ?? (access.MayPublish(asking.Caller, room) ? null : Refusal.Forbidden("Publishing to this room is not permitted."))
            ?? posting.RefuseReceipt(context, asking.Caller, room)
            ?? rates.Refuse(context, room, asking.Caller);
        if (refusal is not null)
        {
            await refusal.WriteAsync(context);
            return;
        }

        var (publication, wrong) = await PublicationReader.ReadAsync(context, options.Value.MaxMessageBytes, asking.Caller.User);
        if (wrong is not null)
        {
            await posting.RefuseAsync(context, wrong);
            return;
        }

        await posting.PublishAsync(context, room, publication!);
    }

    public async Task ReadAsync(HttpContext context)
    {
        var room = context.Room();
        var asking = await callers.OfAsync(context);
        var refusal = CheckRoom(context, room)
            ?? asking.Refusal
            ?? (access.MayReadHistory(asking.Caller, room) ? null : Refusal.Forbidden("Reading this room's history is not permitted."))
            ?? Query(context, out _, out _);
        if (refusal is not null)
        {
            await refusal.WriteAsync(context);
            return;
        }

        Query(context, out var query, out var at);
        using var given = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stop.Passed);
        HistoryPage seen, first;
        try
        {
            (seen, first) = await ReadAsync(room, query, asking.Caller, given.Token);
        }
        catch (BackplaneException e)
        {
            await Refusal.Unavailable(e.Message).WriteAsync(context);
            return;
        }
        catch (OperationCanceledException)
        {
            await Refusal.Stopping().WriteAsync(context);
            return;
        }

        // What is meant for others, or withheld, is not missing.
        await WriteAsync(context, room, seen, query.Limit == 0 ? null : GapBefore(first, at, query.Reverse));
    }

    /// <summary>Who has no connection is only who it proved to be. Back ends see all, as it was published.</summary>
    private async ValueTask<(HistoryPage Seen, HistoryPage First)> ReadAsync(string room, HistoryQuery query, Caller caller, CancellationToken cancellation)
    {
        if (caller.IsApiKey)
        {
            var all = await hub.ReadAsync(room, query, cancellation);
            return (all, all);
        }

        var session = hub.Connections.SessionOf(caller.User, caller.Proof);
        return await history.ReadAsync(room, query, audience => hub.Audiences.Includes(audience, session), session, cancellation);
    }

    private static Refusal? Query(HttpContext context, out HistoryQuery query, out JoinAt at)
    {
        var since = context.Request.Query["since"].ToString();
        var limit = context.Request.Query["limit"].ToString();
        var reverse = context.Flag("reverse");
        var count = DefaultLimit;
        query = default;
        if (!Requests.TryReadPosition(since, out at))
        {
            return Requests.BadPosition("since", since);
        }

        if (limit.Length > 0 && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count > HistoryQuery.MaxLimit))
        {
            return Refusal.Bad($"limit is '{Requests.Shortened(limit)}'; it may be 0 to {HistoryQuery.MaxLimit}.");
        }

        // After the newest there is nothing, nor is there before the oldest.
        var isNothing = reverse ? at.IsStart : since == "now";
        query = new HistoryQuery(at.Position, isNothing ? 0 : count, reverse);
        return null;
    }

    /// <summary>What was asked for and is not kept any more.</summary>
    private static Gap? GapBefore(HistoryPage page, JoinAt at, bool reverse)
    {
        if (at.Position is not { } since)
        {
            return null;
        }

        var first = page.Publications.Count > 0 && !reverse ? page.Publications[0].Offset : page.Top.Offset + 1;
        var from = since with { Offset = since.Offset + 1 };
        var to = page.Top with { Offset = first - 1 };
        return since.Epoch != page.Top.Epoch ? new Gap(from, to, GapReason.Epoch)
            : since.Offset > page.Top.Offset ? new Gap(page.Top with { Offset = page.Top.Offset + 1 }, since, GapReason.Ahead)
            : to.Offset >= from.Offset && !reverse ? new Gap(from, to, GapReason.Expired)
            : null;
    }

    private static Task WriteAsync(HttpContext context, string room, HistoryPage page, Gap? gap) => Json.WriteAsync(context, async json =>
    {
        json.WriteStartArray("messages");
        var envelope = new ArrayBufferWriter<byte>();
        foreach (var (offset, publication) in page.Publications)
        {
            envelope.ResetWrittenCount();
            Envelope.Write(envelope, room, page.Top with { Offset = offset }, publication);
            json.WriteRawValue(envelope.WrittenSpan, skipInputValidation: true);
            await Json.FlushAsync(context, json);
        }

        json.WriteEndArray();
        json.WriteString("position", page.Top.ToString());
        if (gap is not null)
        {
            json.WriteStartObject("gap");
            json.WriteString("from", gap.From.ToString());
            json.WriteString("to", gap.To.ToString());
            json.WriteString("reason", gap.Reason);
            json.WriteEndObject();
        }
    });

    private Refusal? CheckRoom(HttpContext context, string room) =>
        !origins.Admit(context) ? Refusal.OtherOrigin()
        : RoomName.Refusal(room) is { } badName ? Refusal.Bad(badName)
        : null;
}
