using System.Buffers;
using System.Text.Json;

namespace Broadcast.Protocol;

/// <summary>
/// Writes what nobody asked for, in the JSON of the Centrifuge protocol: one object each, without a line break in it or after it; several
/// in one frame are joined by one.
/// </summary>
internal static class Pushes
{
    /// <summary>A publication with its offset; the first of a stream tells the epoch, which a client that joined before it cannot know.</summary>
    /// <param name="position">Offset 0 leaves it out.</param>
    /// <param name="inString">As <see cref="SubscribeResult.Delta"/> wants it.</param>
    public static void WritePublication(
        IBufferWriter<byte> output, string room, StreamPosition position, Publication publication, bool inString = false)
    {
        using var json = Begin(output, room);
        json.WritePropertyName("pub"u8);
        json.WritePublication(position.Offset == 1 ? position : position with { Epoch = "" }, publication, inString);
        End(json);
    }

    /// <summary>A join or a leave of the room; any other notice, for which the protocol has no push, is a message with its envelope.</summary>
    public static void WriteNotice(IBufferWriter<byte> output, string room, Notice notice)
    {
        switch (notice)
        {
            case Joined joined:
                WriteMember(output, room, "join"u8, new ClientInfo(joined.Client, joined.User ?? "", joined.ConnInfo));
                break;
            case Left left:
                WriteMember(output, room, "leave"u8, new ClientInfo(left.Client, left.User ?? "", left.ConnInfo));
                break;
            default:
                using (var json = Begin(output, ""))
                {
                    json.WriteStartObject("message"u8);
                    json.WritePropertyName("data"u8);
                    Envelope.Write(json, room, notice);
                    json.WriteEndObject();
                    End(json);
                }

                break;
        }
    }

    /// <summary>A message to this client alone.</summary>
    public static void WriteMessage(IBufferWriter<byte> output, ReadOnlySpan<byte> data, ContentKind kind)
    {
        using var json = Begin(output, "");
        json.WriteStartObject("message"u8);
        json.WritePropertyName("data"u8);
        json.WriteContent(data, kind);
        json.WriteEndObject();
        End(json);
    }

    /// <summary>The server subscribed the client. Of the result, the position, its flags and the data are told.</summary>
    public static void WriteSubscribe(IBufferWriter<byte> output, string room, SubscribeResult result)
    {
        using var json = Begin(output, room);
        json.WriteStartObject("subscribe"u8);
        json.WriteIfGiven("recoverable"u8, result.Recoverable);
        json.WritePosition(result.Position);
        json.WriteIfGiven("positioned"u8, result.Positioned);
        json.WriteIfGiven("data"u8, result.Data);
        json.WriteEndObject();
        End(json);
    }

    public static void WriteUnsubscribe(IBufferWriter<byte> output, string room, UnsubscribeReason reason)
    {
        using var json = Begin(output, room);
        json.WriteStartObject("unsubscribe"u8);
        json.WriteNumber("code"u8, reason.Code);
        json.WriteIfGiven("reason"u8, reason.Reason);
        json.WriteEndObject();
        End(json);
    }

    /// <summary>The last words on paths without a close frame.</summary>
    public static void WriteDisconnect(IBufferWriter<byte> output, Disconnect disconnect)
    {
        using var json = Begin(output, "");
        json.WriteStartObject("disconnect"u8);
        json.WriteNumber("code"u8, disconnect.Code);
        json.WriteIfGiven("reason"u8, disconnect.Reason);
        json.WriteEndObject();
        End(json);
    }

    /// <param name="ttl">The seconds after which the client has to refresh its token; 0 if it never has to.</param>
    public static void WriteRefresh(IBufferWriter<byte> output, uint ttl)
    {
        using var json = Begin(output, "");
        json.WriteStartObject("refresh"u8);
        json.WriteTtl(ttl);
        json.WriteEndObject();
        End(json);
    }

    private static void WriteMember(IBufferWriter<byte> output, string room, ReadOnlySpan<byte> name, ClientInfo info)
    {
        using var json = Begin(output, room);
        json.WriteStartObject(name);
        json.WritePropertyName("info"u8);
        json.WriteInfo(info);
        json.WriteEndObject();
        End(json);
    }

    private static Utf8JsonWriter Begin(IBufferWriter<byte> output, string room)
    {
        var json = ProtocolJson.To(output);
        json.WriteStartObject();
        json.WriteStartObject("push"u8);
        json.WriteIfGiven("channel"u8, room);
        return json;
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
