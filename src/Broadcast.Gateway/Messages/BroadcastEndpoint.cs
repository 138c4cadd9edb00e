using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>Publishing where the room stands in the body: <c>POST /broadcast</c>.</summary>
internal sealed class BroadcastEndpoint(
    Access access, Callers callers, PublishRates rates, Origins origins, IOptions<BroadcastOptions> options, Posting posting)
{
    /// <summary>Where those meet who name no room, here and on <c>/events</c>.</summary>
    public const string DefaultRoom = "broadcast";

    public async Task PublishAsync(HttpContext context)
    {
        var asking = await callers.OfAsync(context);
        var refusal = (origins.Admit(context) ? null : Refusal.OtherOrigin()) ?? asking.Refusal;
        if (refusal is not null)
        {
            await refusal.WriteAsync(context);
            return;
        }

        var body = await PublicationReader.ReadBodyAsync(context, options.Value.MaxMessageBytes);
        var (request, wrong) = body is null ? (null, null) : BroadcastRequest.Parse(body);
        refusal = body is null ? Refusal.TooLarge(options.Value.MaxMessageBytes)
            : wrong is not null ? Refusal.Bad(wrong)
            : Check(context, request!, asking.Caller);
        if (refusal is not null)
        {
            await posting.RefuseAsync(context, refusal);
            return;
        }

        var publication = asking.Caller.User is { } user
            ? new Publication(request!.Publication.Data, request.Publication.Kind) { Event = request.Publication.Event, Info = new ClientInfo("", user) }
            : request!.Publication;
        await posting.PublishAsync(context, request.Room, publication, json =>
        {
            json.WriteString("message", "Message broadcasted");
            json.WriteString("room", request.Room);
        });
    }

    private Refusal? Check(HttpContext context, BroadcastRequest request, Caller caller) =>
        RoomName.Refusal(request.Room) is { } badName ? Refusal.Bad(badName)
        : !access.MayPublish(caller, request.Room) ? Refusal.Forbidden("Publishing to this room is not permitted.")
        : posting.RefuseReceipt(context, caller, request.Room) is { } unseen ? unseen
        : PublicationLimits.Refusal(request.Publication, PublicationReader.IdempotencyKey(context)) is { } beyond ? Refusal.Bad(beyond)
        : rates.Refuse(context, request.Room, caller);
}
