using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>Who is in a room: <c>/rooms/{room}/presence</c>.</summary>
internal sealed class PresenceEndpoint(Cluster cluster, Access access, Callers callers, Origins origins)
{
    public async Task ServeAsync(HttpContext context)
    {
        var asking = await callers.OfAsync(context);
        var room = context.Room();
        var refusal = !origins.Admit(context) ? Refusal.OtherOrigin()
            : RoomName.Refusal(room) is { } badName ? Refusal.Bad(badName)
            : asking.Refusal
                ?? (access.MaySeePresence(asking.Caller, room) ? null : Refusal.Forbidden("Seeing who is in this room is not permitted."));
        if (refusal is not null)
        {
            await refusal.WriteAsync(context);
            return;
        }

        var presence = await cluster.Presence.MembersAsync(room);
        await Json.WriteAsync(context, json =>
        {
            json.WriteNumber("count", presence.Count);
            if (presence.Members is not null)
            {
                WriteMembers(json, presence.Members);
            }

            json.WriteMissing(presence.Missing);
        });
    }

    private static void WriteMembers(Utf8JsonWriter json, IEnumerable<ClientInfo> members)
    {
        json.WriteStartArray("members");
        foreach (var member in members)
        {
            json.WriteStartObject();
            json.WriteString("client", member.Client);
            json.WriteString("user", member.User.Length > 0 ? member.User : null);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
