namespace Broadcast.Protocol;

/// <summary>A request was wrong, or could not be served; the connection goes on. Codes are those of the Centrifuge protocol.</summary>
/// <param name="Temporary">The same request may succeed later.</param>
public sealed record ErrorCode(int Code, string Message, bool Temporary = false)
{
    internal static readonly ErrorCode Internal = new(100, "internal server error", Temporary: true);
    internal static readonly ErrorCode Unauthorized = new(101, "unauthorized");
    internal static readonly ErrorCode UnknownRoom = new(102, "unknown channel");
    internal static readonly ErrorCode PermissionDenied = new(103, "permission denied");
    internal static readonly ErrorCode MethodNotFound = new(104, "method not found");
    internal static readonly ErrorCode AlreadySubscribed = new(105, "already subscribed");
    internal static readonly ErrorCode LimitExceeded = new(106, "limit exceeded");
    internal static readonly ErrorCode BadRequest = new(107, "bad request");
    internal static readonly ErrorCode NotAvailable = new(108, "not available");
    internal static readonly ErrorCode TokenExpired = new(109, "token expired");
    internal static readonly ErrorCode Expired = new(110, "expired");
    internal static readonly ErrorCode TooManyRequests = new(111, "too many requests", Temporary: true);
    internal static readonly ErrorCode UnrecoverablePosition = new(112, "unrecoverable position");
    internal static readonly ErrorCode ConcurrentPagination = new(113, "concurrent pagination", Temporary: true);
}
