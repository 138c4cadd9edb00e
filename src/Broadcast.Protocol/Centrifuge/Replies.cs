using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Broadcast.Protocol;

/// <summary>
/// Writes answers to commands in the JSON of the Centrifuge protocol: one object each, without a line break in it or after it; several
/// in one frame are joined by one. The id is the command's.
/// </summary>
internal static class Replies
{
    /// <summary>The server's ping: an empty reply.</summary>
    public static ReadOnlyMemory<byte> Ping { get; } = "{}"u8.ToArray();

    /// <summary>The answer to a command that was not carried out.</summary>
    /// <param name="message">One sentence for whoever wrote the client; by default the code's own.</param>
    public static void WriteError(IBufferWriter<byte> output, uint id, ErrorCode error, string? message = null)
    {
        using var json = Begin(output, id, "error"u8);
        json.WriteNumber("code"u8, error.Code);
        json.WriteIfGiven("message"u8, message ?? error.Message);
        json.WriteIfGiven("temporary"u8, error.Temporary);
        End(json);
    }

    public static void WriteConnect(IBufferWriter<byte> output, uint id, ConnectResult result)
    {
        using var json = Begin(output, id, "connect"u8);
        json.WriteIfGiven("client"u8, result.Client);
        json.WriteIfGiven("version"u8, result.Version);
        json.WriteTtl(result.Ttl);
        json.WriteIfGiven("data"u8, result.Data);
        WriteSubs(json, result.Subs);
        json.WriteIfGiven("ping"u8, result.Ping);
        json.WriteIfGiven("pong"u8, result.Pong);
        json.WriteIfGiven("session"u8, result.Session);
        json.WriteIfGiven("node"u8, result.Node);
        End(json);
    }

    /// <summary>Goes out before any push of the room.</summary>
    public static void WriteSubscribe(IBufferWriter<byte> output, uint id, SubscribeResult result)
    {
        using var json = Begin(output, id, "subscribe"u8);
        json.WriteSubscription(result);
        End(json);
    }

    public static void WriteUnsubscribe(IBufferWriter<byte> output, uint id) => WriteEmpty(output, id, "unsubscribe");

    /// <summary>The publication is ordered and stored.</summary>
    public static void WritePublish(IBufferWriter<byte> output, uint id) => WriteEmpty(output, id, "publish");

    /// <param name="clients">Each once.</param>
    public static void WritePresence(IBufferWriter<byte> output, uint id, IEnumerable<ClientInfo> clients)
    {
        using var json = Begin(output, id, "presence"u8);
        json.WriteStartObject("presence"u8);
        foreach (var info in clients)
        {
            json.WritePropertyName(info.Client);
            json.WriteInfo(info);
        }

        json.WriteEndObject();
        End(json);
    }

    /// <param name="users">Each counted once; the anonymous together as one.</param>
    public static void WritePresenceStats(IBufferWriter<byte> output, uint id, int clients, int users)
    {
        using var json = Begin(output, id, "presence_stats"u8);
        json.WriteNumber("num_clients"u8, clients);
        json.WriteNumber("num_users"u8, users);
        End(json);
    }

    /// <param name="top">The room's newest.</param>
    public static void WriteHistory(IBufferWriter<byte> output, uint id, IReadOnlyList<StoredPublication> publications, StreamPosition top)
    {
        using var json = Begin(output, id, "history"u8);
        json.WritePublications(publications, inStrings: false);
        json.WriteString("epoch"u8, top.Epoch);
        json.WriteNumber("offset"u8, top.Offset);
        End(json);
    }

    /// <param name="data">One JSON value, or null.</param>
    public static void WriteRpc(IBufferWriter<byte> output, uint id, ReadOnlyMemory<byte>? data)
    {
        using var json = Begin(output, id, "rpc"u8);
        json.WriteIfGiven("data"u8, data);
        End(json);
    }

    /// <param name="client">The connection's id.</param>
    /// <param name="version">The server's.</param>
    /// <param name="ttl">The seconds after which the client has to refresh again; 0 if it never has to.</param>
    public static void WriteRefresh(IBufferWriter<byte> output, uint id, string client, string version, uint ttl)
    {
        using var json = Begin(output, id, "refresh"u8);
        json.WriteIfGiven("client"u8, client);
        json.WriteIfGiven("version"u8, version);
        json.WriteTtl(ttl);
        End(json);
    }

    /// <param name="ttl">The seconds after which the client has to refresh again; 0 if it never has to.</param>
    public static void WriteSubRefresh(IBufferWriter<byte> output, uint id, uint ttl)
    {
        using var json = Begin(output, id, "sub_refresh"u8);
        json.WriteTtl(ttl);
        End(json);
    }

    private static void WriteSubs(Utf8JsonWriter json, IReadOnlyDictionary<string, SubscribeResult> subs)
    {
        if (subs.Count == 0)
        {
            return;
        }

        json.WriteStartObject("subs"u8);
        foreach (var (room, result) in subs)
        {
            json.WriteStartObject(room);
            json.WriteSubscription(result);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Such a reply still names its command: clients look for it.</summary>
    private static void WriteEmpty(IBufferWriter<byte> output, uint id, string name)
    {
        // Without a writer of JSON: one such reply goes out for every publication.
        Utf8.TryWrite(output.GetSpan(64), $$$"""{"id":{{{id}}},"{{{name}}}":{}}""", out var length);
        output.Advance(length);
    }

    private static Utf8JsonWriter Begin(IBufferWriter<byte> output, uint id, ReadOnlySpan<byte> name)
    {
        var json = ProtocolJson.To(output);
        json.WriteStartObject();
        json.WriteIfGiven("id"u8, id);
        json.WriteStartObject(name);
        return json;
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
