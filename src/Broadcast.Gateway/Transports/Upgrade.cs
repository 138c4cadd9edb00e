using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Broadcast.Gateway;

/// <summary>Opens WebSockets: by HTTP/1.1 upgrade (RFC 6455, 4.2), over HTTP/2 (RFC 8441), or as the test server does it.</summary>
internal static class Upgrade
{
    /// <summary>What is wrong with the request, with its status; null if it can be opened.</summary>
    public static (int Status, string Message)? Refusal(HttpContext context)
    {
        var features = context.Features;
        if (features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } extended)
        {
            return extended.Protocol == "websocket" ? CheckVersion(context) : (StatusCodes.Status501NotImplemented, "Only websocket can be opened here.");
        }

        // RFC 6455, 4.1: HTTP/1.1 at least; the server would also upgrade older ones.
        if (features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && context.Request.Protocol == HttpProtocol.Http11
            && Names(context.Request.Headers.Upgrade, "websocket"))
        {
            return CheckVersion(context) ?? (WebSocketFrame.IsValidKey(context.Request.Headers.SecWebSocketKey)
                ? null
                : (StatusCodes.Status400BadRequest, "Sec-WebSocket-Key must be 16 bytes in base64."));
        }

        if (features.Get<IHttpWebSocketFeature>() is { IsWebSocketRequest: true })
        {
            return null;
        }

        // RFC 9110, 15.5.22: it must be said what to upgrade to. HTTP/2 knows no such header.
        if (context.Request.Protocol == HttpProtocol.Http11)
        {
            context.Response.Headers.Upgrade = "websocket";
            context.Response.Headers.Connection = "Upgrade";
        }

        return (StatusCodes.Status426UpgradeRequired, "This path is a WebSocket; the request did not ask for one.");
    }

    public static async Task<OpenedSocket> AcceptAsync(HttpContext context, int notSentLowAt, string? subprotocol = null)
    {
        LetLast(context);
        if (subprotocol is not null)
        {
            context.Response.Headers.SecWebSocketProtocol = subprotocol;
        }

        var features = context.Features;
        if (features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } extended)
        {
            var stream = await extended.AcceptAsync();
            return OpenedSocket.Over(stream, new StreamTransport(stream, context.Abort), context.Abort, context.RequestAborted);
        }

        if (features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade)
        {
            var headers = context.Response.Headers;
            headers.Connection = "Upgrade";
            headers.Upgrade = "websocket";
            headers.SecWebSocketAccept = WebSocketFrame.Accept(context.Request.Headers.SecWebSocketKey.ToString());
            var stream = await upgrade.UpgradeAsync();

            // With the middleware, this returns when the socket has the 101.
            await stream.FlushAsync();
            return DirectOf(context) is { } direct
                ? new OpenedSocket(direct.Connection.Transport.Input, new DirectTransport(direct, notSentLowAt), direct.Connection.Abort, direct.Connection.ConnectionClosed) { Direct = direct }
                : OpenedSocket.Over(stream, new StreamTransport(stream, context.Abort), context.Abort, context.RequestAborted);
        }

        var socket = await features.GetRequiredFeature<IHttpWebSocketFeature>().AcceptAsync(new WebSocketAcceptContext { SubProtocol = subprotocol });
        var bytes = new WebSocketBytes(socket);
        return OpenedSocket.Over(bytes, new StreamTransport(bytes, socket.Abort), context.Abort, context.RequestAborted);
    }

    /// <summary>The connection's socket, where it is safe to send on it.</summary>
    public static DirectSocket? DirectOf(HttpContext context)
    {
        var features = context.Features;
        var isSafe = context.Request.Protocol == HttpProtocol.Http11
            && features.Get<ITlsConnectionFeature>() is null
            && features.Get<ITlsHandshakeFeature>() is null;
        return isSafe ? features.Get<DirectSocket>() : null;
    }

    /// <summary>Lifts what limits an answer in time: a client that reads slowly is the event loop's affair, and open for hours is what it is for.</summary>
    public static void LetLast(HttpContext context)
    {
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }

    private static (int Status, string Message)? CheckVersion(HttpContext context)
    {
        if (context.Request.Headers.SecWebSocketVersion == "13")
        {
            return null;
        }

        context.Response.Headers.SecWebSocketVersion = "13";
        return (StatusCodes.Status426UpgradeRequired, "Only version 13 of the WebSocket protocol is spoken here.");
    }

    private static bool Names(string? header, string token) =>
        header is not null && header.Split(',', StringSplitOptions.TrimEntries).Contains(token, StringComparer.OrdinalIgnoreCase);
}
