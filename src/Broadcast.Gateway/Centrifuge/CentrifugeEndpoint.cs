using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>The Centrifuge client protocol in JSON over WebSocket: <c>/connection/websocket</c>.</summary>
internal sealed class CentrifugeEndpoint(CentrifugeContext node, Origins origins, SocketLife life)
{
    private const string JsonSubprotocol = "centrifuge-json";
    private const string ProtobufSubprotocol = "centrifuge-protobuf";

    /// <summary>What a command needs around its payload; several may come in one frame.</summary>
    private const int RoomForCommands = 16 << 10;

    public async Task ServeAsync(HttpContext context)
    {
        var asking = await node.Callers.OfAsync(context);
        if (Check(context, asking) is { } refusal)
        {
            await refusal.WriteAsync(context);
            return;
        }

        var subprotocol = Offers(context, JsonSubprotocol) ? JsonSubprotocol : null;
        if (await life.OpenAsync(context, node.Options.NotSentLowAt, subprotocol) is not { } socket)
        {
            return;
        }

        // Whose it is, its first command says.
        var connection = node.Hub.Connect(socket.Transport, CentrifugeDialect.Json);
        var reader = new WebSocketReader(node.Options.MaxMessageBytes + RoomForCommands, node.Options.MaxFragments);
        await life.RunAsync(socket, connection, reader, new CentrifugeCommands(node, connection, asking.Caller, socket));
    }

    private Refusal? Check(HttpContext context, CallerResult asking)
    {
        if (!origins.Admit(context))
        {
            return Refusal.OtherOrigin();
        }

        if (asking.Refusal is { } unknown)
        {
            return unknown;
        }

        var query = context.Request.Query;
        if (query["format"] == "protobuf" || query["cf_protocol"] == "protobuf" || (Offers(context, ProtobufSubprotocol) && !Offers(context, JsonSubprotocol)))
        {
            return Refusal.Bad("Only the JSON form of the protocol is spoken here.");
        }

        return Upgrade.Refusal(context) is var (status, message) ? new Refusal(status, ErrorCode.BadRequest, message) : null;
    }

    private static bool Offers(HttpContext context, string subprotocol) =>
        context.Request.Headers.GetCommaSeparatedValues("Sec-WebSocket-Protocol").Contains(subprotocol, StringComparer.OrdinalIgnoreCase);
}
