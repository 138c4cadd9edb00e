using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>Who is in a room: <c>/rooms/{room}/presence</c>.</summary>
internal sealed class PresenceEndpoint(Hub hub, Access access, Origins origins)
{
    public Task ServeAsync(HttpContext context)
    {
        var room = context.Room();
        var refusal = !origins.Admit(context) ? Refusal.Forbidden("This origin is not allowed.")
            : RoomName.Refusal(room) is { } badName ? Refusal.Bad(badName)
            : !access.MaySeePresence(context, room) ? Refusal.Forbidden("Seeing who is in this room is not permitted.")
            : null;
        if (refusal is not null)
        {
            return refusal.WriteAsync(context);
        }

        var presence = hub.FindRoom(room)?.Presence;
        var members = presence is null ? [] : presence.Members(hub.RuleOf(room).MaxPresence);
        return Json.WriteAsync(context, json =>
        {
            json.WriteNumber("count", members?.Count ?? presence?.Count ?? 0);
            if (members is null)
            {
                return;
            }

            json.WriteStartArray("members");
            foreach (var member in members)
            {
                json.WriteStartObject();
                json.WriteString("client", member.Client);
                json.WriteString("user", member.User);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
