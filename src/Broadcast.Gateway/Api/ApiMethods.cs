using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Broadcast.Gateway;

/// <summary>The methods of the server API. Each asks every node, and says what each answered. Any thread may call it.</summary>
internal sealed class ApiMethods
{
    private const int MaxReasonBytes = 123;

    /// <summary>Rooms of one <c>broadcast</c>.</summary>
    private const int MaxChannels = 100;

    private readonly Dictionary<string, ApiMethod> _methods;
    private readonly Cluster _cluster;
    private readonly Posting _posting;
    private readonly Hub _hub;
    private readonly int _maxMessageBytes;

    public ApiMethods(Cluster cluster, Hub hub, Posting posting, IOptions<BroadcastOptions> options)
    {
        (_cluster, _hub, _posting, _maxMessageBytes) = (cluster, hub, posting, options.Value.MaxMessageBytes);
        var (user, client, channel) = (ApiParameter.Text("user"), ApiParameter.Text("client"), ApiParameter.Text("channel"));
        var (data, b64, audience) = (ApiParameter.Any("data"), ApiParameter.Text("b64data"), ApiParameter.Any("audience"));
        var (key, idempotency, receipt) = (ApiParameter.Text("key"), ApiParameter.Text("idempotency_key"), ApiParameter.Flag("receipt"));
        ApiMethod[] all =
        [
            new("info", [], InfoAsync),
            new("connections", [user], ConnectionsAsync),
            new("disconnect", [user, client, ApiParameter.Number("code"), ApiParameter.Text("reason")], DisconnectAsync),
            new("unsubscribe", [user, client, channel], UnsubscribeAsync),
            new("send", [user, client, audience, data, b64], SendAsync),
            new("publish", [channel, data, b64, audience, key, idempotency, receipt], PublishAsync),
            new("broadcast", [ApiParameter.Texts("channels"), data, b64, audience, key, idempotency, receipt], BroadcastAsync),
            new("presence", [channel], PresenceAsync),
            new("presence_stats", [channel], PresenceStatsAsync),
        ];
        _methods = all.ToDictionary(m => m.Name, StringComparer.Ordinal);
    }

    public string Names => string.Join(", ", _methods.Keys);

    public ApiMethod? Find(string name) => _methods.GetValueOrDefault(name);

    private static Refusal? WrongTarget(ApiParameters given) =>
        given is { User: null, Client: null } ? Refusal.Bad("Name a \"user\" or a \"client\".") : null;

    private static Refusal? WrongChannel(ApiParameters given) => RoomName.Refusal(given.Text("channel")) is { } wrong ? Refusal.Bad(wrong) : null;

    private static ClientTarget TargetOf(ApiParameters given) => new(given.User, given.Client);

    private static ApiResult Counted(IReadOnlyList<NodeAnswer<int>> answers) => ApiResult.Of(json =>
    {
        json.WriteNumber("count", answers.Sum(a => a.Value));
        json.WriteAnswers(answers, count => count);
    });

    private Task<ApiResult> InfoAsync(ApiParameters given) => Task.FromResult(ApiResult.Of(json =>
    {
        json.WriteStartArray("nodes");
        foreach (var node in _cluster.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("uid", node.Id);
            json.WriteString("name", node.Name);
            json.WriteString("version", node.Version);
            json.WriteString("address", node.Address);
            json.WriteNumber("num_clients", node.Connections);
            json.WriteNumber("num_channels", node.Rooms);
            json.WriteNumber("uptime", (long)(node.LastSeen - node.Started).TotalSeconds);
            json.WriteNumber("load", Math.Round(node.Load, 3));
            json.WriteString("last_seen", node.LastSeen);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteTrouble(_cluster.Trouble);
    }));

    private async Task<ApiResult> ConnectionsAsync(ApiParameters given)
    {
        if (given.User is not { } user)
        {
            return Refusal.Bad("Name a \"user\".");
        }

        var answers = await _cluster.Clients.FindAsync(user);
        return ApiResult.Of(json =>
        {
            json.WriteStartObject("connections");
            foreach (var answer in answers)
            {
                foreach (var client in answer.Value?.Clients ?? [])
                {
                    Write(json, client, answer.Node!.Name);
                }
            }

            json.WriteEndObject();
            json.WriteNumber("count", answers.Sum(a => a.Value?.Count ?? 0));
            json.WriteAnswers(answers, list => list!.Count);
        });
    }

    private async Task<ApiResult> DisconnectAsync(ApiParameters given)
    {
        var code = given.Number("code") ?? Disconnect.ForceNoReconnect.Code;
        var reason = given.Text("reason") ?? (code == Disconnect.ForceNoReconnect.Code ? Disconnect.ForceNoReconnect.Reason : "");
        var wrong = WrongTarget(given)
            ?? (code is < 3_000 or > 4_999 ? Refusal.Bad($"\"code\" is {code}; it may be 3000 to 4999.") : null)
            ?? (Encoding.UTF8.GetByteCount(reason) > MaxReasonBytes ? Refusal.Bad($"\"reason\" has at most {MaxReasonBytes} bytes.") : null);
        return wrong is not null ? wrong : Counted(await _cluster.Clients.DisconnectAsync(TargetOf(given), new Disconnect(code, reason)));
    }

    private async Task<ApiResult> UnsubscribeAsync(ApiParameters given) => (WrongTarget(given) ?? WrongChannel(given)) is { } wrong
        ? wrong
        : Counted(await _cluster.Clients.UnsubscribeAsync(TargetOf(given), given.Text("channel")!, UnsubscribeReason.Server));

    private async Task<ApiResult> SendAsync(ApiParameters given)
    {
        var (audience, wrongAudience) = AudienceOf(given);
        var (content, wrong) = ContentOf(given);
        wrong = wrongAudience ?? (audience is null ? WrongTarget(given)
            : given is { User: null, Client: null } ? null
            : Refusal.Bad("Name a \"user\" or a \"client\", or an \"audience\".")) ?? wrong;
        if (wrong is not null)
        {
            return wrong;
        }

        if (audience is null)
        {
            return Counted(await _cluster.Clients.SendAsync(TargetOf(given), content.Bytes, content.Kind));
        }

        var answers = await _cluster.Clients.SendAsync(audience, content.Bytes, content.Kind);
        return ApiResult.Of(json =>
        {
            json.WriteNumber("count", answers.Sum(a => a.Value?.Connections ?? 0));
            json.WriteNumber("users", answers.Sum(a => a.Value?.Users ?? 0));
            json.WriteAnswers(answers, count => count!.Connections);
        });
    }

    private async Task<ApiResult> PublishAsync(ApiParameters given)
    {
        var (publication, wrong) = PublicationOf(given);
        wrong = WrongChannel(given) ?? wrong;
        if (wrong is not null)
        {
            return wrong;
        }

        var result = await PublishAsync(given.Text("channel")!, publication!, given);
        return result.Receipt is { } receipt ? ApiResult.Of(json => Write(json, receipt)) : result.Refusal!;
    }

    /// <summary>The same to several rooms; of each there is what became of it, as the field has it.</summary>
    private async Task<ApiResult> BroadcastAsync(ApiParameters given)
    {
        var (publication, wrong) = PublicationOf(given);
        var rooms = given.Texts("channels");
        wrong = rooms is not { Length: > 0 and <= MaxChannels } ? Refusal.Bad($"\"channels\" is a list of 1 to {MaxChannels} room names.")
            : rooms.Select(RoomName.Refusal).FirstOrDefault(r => r is not null) is { } badName ? Refusal.Bad(badName)
            : wrong;
        if (wrong is not null)
        {
            return wrong;
        }

        var results = new List<(Receipt? Receipt, Refusal? Refusal)>();
        foreach (var room in rooms!)
        {
            results.Add(await PublishAsync(room, publication!, given));
        }

        return ApiResult.Of(json =>
        {
            json.WriteStartArray("responses");
            foreach (var (receipt, refusal) in results)
            {
                json.WriteStartObject();
                json.WriteStartObject(receipt is null ? "error" : "result");
                if (receipt is not null)
                {
                    Write(json, receipt);
                }
                else
                {
                    json.WriteNumber("code", refusal!.Code.Code);
                    json.WriteString("message", refusal.Message);
                }

                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private async Task<(Receipt? Receipt, Refusal? Refusal)> PublishAsync(string room, Publication publication, ApiParameters given)
    {
        if (_hub.Refusal(room, publication) is { } refusal)
        {
            return (null, Refusal.Bad(refusal));
        }

        var receipt = await _posting.PublishAsync(room, publication, given.Text("idempotency_key"), given.Flag("receipt"));
        return receipt.Result.IsAccepted ? (receipt, null) : (null, Refusal.NotPublished(receipt.Result));
    }

    private (Publication? Publication, Refusal? Wrong) PublicationOf(ApiParameters given)
    {
        var (audience, wrongAudience) = AudienceOf(given);
        var (content, wrong) = ContentOf(given);
        if ((wrongAudience ?? wrong) is { } refusal)
        {
            return (null, refusal);
        }

        var publication = new Publication(content.Bytes, content.Kind) { Key = given.Text("key"), Audience = audience };
        return PublicationLimits.Refusal(publication, given.Text("idempotency_key")) is { } beyond ? (null, Refusal.Bad(beyond)) : (publication, null);
    }

    private (Audience? Audience, Refusal? Wrong) AudienceOf(ApiParameters given)
    {
        if (given.Any("audience") is not { } json)
        {
            return (null, null);
        }

        try
        {
            var audience = AudienceConverter.Read(json);
            return _hub.Audiences.Refusal(audience) is { } refusal ? (null, Refusal.Bad(refusal)) : (audience, null);
        }
        catch (ArgumentException e)
        {
            return (null, Refusal.Bad(e.Message));
        }
    }

    private ((byte[] Bytes, ContentKind Kind) Content, Refusal? Wrong) ContentOf(ApiParameters given)
    {
        var (data, b64) = (given.Any("data"), given.Text("b64data"));
        if (data is null == b64 is null)
        {
            return (default, Refusal.Bad("Give either \"data\" or \"b64data\"."));
        }

        var (bytes, kind) = data is { } value ? ContentOf(value) : (Base64Of(b64!), ContentKind.Binary);
        return bytes is null ? (default, Refusal.Bad("\"b64data\" is not base64."))
            : bytes.Length > _maxMessageBytes ? (default, Refusal.TooLarge(_maxMessageBytes))
            : ((bytes, kind), null);
    }

    private async Task<ApiResult> PresenceAsync(ApiParameters given)
    {
        if (WrongChannel(given) is { } wrong)
        {
            return wrong;
        }

        var room = given.Text("channel")!;
        var presence = await _cluster.Presence.MembersAsync(room);
        if (presence.Members is not { } members)
        {
            return Refusal.TooManyMembers(_hub.RuleOf(room).MaxPresence);
        }

        return ApiResult.Of(json =>
        {
            json.WriteStartObject("presence");
            foreach (var member in members)
            {
                Write(json, member);
            }

            json.WriteEndObject();
            json.WriteMissing(presence.Missing);
        });
    }

    private async Task<ApiResult> PresenceStatsAsync(ApiParameters given)
    {
        if (WrongChannel(given) is { } wrong)
        {
            return wrong;
        }

        var presence = await _cluster.Presence.CountAsync(given.Text("channel")!);
        return ApiResult.Of(json =>
        {
            json.WriteNumber("num_clients", presence.Count);
            json.WriteNumber("num_users", presence.UserCount);
            json.WriteMissing(presence.Missing);
        });
    }

    private static void Write(Utf8JsonWriter json, Receipt receipt)
    {
        json.WriteNumber("offset", receipt.Result.Position.Offset);
        json.WriteString("epoch", receipt.Result.Position.Epoch);
        Posting.Write(json, receipt);
    }

    private static void Write(Utf8JsonWriter json, ClientStatus client, string node)
    {
        json.WriteStartObject(client.Client);
        json.WriteString("user", client.User);
        json.WriteString("node", node);
        json.WriteString("transport", client.Path);
        json.WriteStartArray("channels");
        foreach (var room in client.Rooms)
        {
            json.WriteStringValue(room);
        }

        json.WriteEndArray();
        json.WriteString("since", client.Since);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ClientInfo member)
    {
        json.WriteStartObject(member.Client);
        json.WriteString("client", member.Client);
        json.WriteString("user", member.User);
        if (member.ConnInfo is { IsEmpty: false } info)
        {
            json.WritePropertyName("conn_info");
            json.WriteRawValue(info.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
    }

    /// <summary>A string becomes text, any other value JSON, as with <c>/broadcast</c>.</summary>
    private static (byte[]? Bytes, ContentKind Kind) ContentOf(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? (Encoding.UTF8.GetBytes(value.GetString()!), ContentKind.Text)
        : (Encoding.UTF8.GetBytes(value.GetRawText()), ContentKind.Json);

    private static byte[]? Base64Of(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
    }
}
