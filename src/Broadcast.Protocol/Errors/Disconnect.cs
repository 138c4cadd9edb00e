namespace Broadcast.Protocol;

/// <summary>Why the node ends a connection: a WebSocket close code and a reason of at most 123 bytes.</summary>
/// <remarks>
/// 1000–2999 are RFC 6455's and the transport's; 3000–4999 as the Centrifuge protocol has them: a client reconnects by itself
/// below 3500 and from 4000 to 4499, and stays away otherwise.
/// </remarks>
public sealed record Disconnect(ushort Code, string Reason)
{
    public static readonly Disconnect Normal = new(1000, "");
    public static readonly Disconnect GoingAway = new(1001, "");
    public static readonly Disconnect ProtocolError = new(1002, "protocol error");
    public static readonly Disconnect InvalidUtf8 = new(1007, "text is not valid UTF-8");
    public static readonly Disconnect MessageTooBig = new(1009, "message too big");
    public static readonly Disconnect ConnectionClosed = new(3000, "connection closed");
    public static readonly Disconnect Shutdown = new(3001, "shutdown");
    public static readonly Disconnect ServerError = new(3004, "internal server error");
    public static readonly Disconnect ConnectionExpired = new(3005, "connection expired");
    public static readonly Disconnect SubscriptionExpired = new(3006, "subscription expired");
    public static readonly Disconnect SlowConsumer = new(3008, "slow");
    public static readonly Disconnect WriteError = new(3009, "write error");
    public static readonly Disconnect InsufficientState = new(3010, "insufficient state");
    public static readonly Disconnect ForceReconnect = new(3011, "force reconnect");
    public static readonly Disconnect NoPong = new(3012, "no pong");
    public static readonly Disconnect TooManyRequests = new(3013, "too many requests");

    /// <summary>The client comes back without its token and its positions.</summary>
    public static readonly Disconnect StateInvalidated = new(3014, "state invalidated");

    public static readonly Disconnect InvalidToken = new(3500, "invalid token");
    public static readonly Disconnect BadRequest = new(3501, "bad request");

    /// <summary>A connection over which no <c>connect</c> came in time.</summary>
    public static readonly Disconnect Stale = new(3502, "stale");

    public static readonly Disconnect ForceNoReconnect = new(3503, "force disconnect");
    public static readonly Disconnect ConnectionLimit = new(3504, "connection limit");
    public static readonly Disconnect RoomLimit = new(3505, "channel limit");
    public static readonly Disconnect InappropriateProtocol = new(3506, "inappropriate protocol");
    public static readonly Disconnect PermissionDenied = new(3507, "permission denied");
    public static readonly Disconnect NotAvailable = new(3508, "not available");
    public static readonly Disconnect TooManyErrors = new(3509, "too many errors");

    /// <summary>Nothing has come from the client for too long; it stays away until somebody wants it back.</summary>
    public static readonly Disconnect Idle = new(4500, "idle");

    /// <summary>Its node stood still, and others took it for lost: they have told that this client has gone. It comes back.</summary>
    public static readonly Disconnect NodeLost = new(4002, "node lost");

    /// <summary>Ends a plain socket that cannot be shown a notice; the reason names it.</summary>
    internal const ushort NoticeCode = 4000;

    /// <summary>Ends a plain socket whose publication was refused or may be lost; the reason says why.</summary>
    internal const ushort PublishFailedCode = 4001;
}
