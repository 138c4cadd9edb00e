namespace Broadcast.Protocol;

/// <summary>A request was wrong, or could not be served; the connection goes on. Codes are those of the Centrifuge protocol.</summary>
/// <param name="Temporary">The same request may succeed later.</param>
public sealed record ErrorCode(int Code, string Message, bool Temporary = false)
{
    public static readonly ErrorCode Internal = new(100, "internal server error", Temporary: true);
    public static readonly ErrorCode Unauthorized = new(101, "unauthorized");
    public static readonly ErrorCode UnknownRoom = new(102, "unknown channel");
    public static readonly ErrorCode PermissionDenied = new(103, "permission denied");
    public static readonly ErrorCode MethodNotFound = new(104, "method not found");
    public static readonly ErrorCode AlreadySubscribed = new(105, "already subscribed");
    public static readonly ErrorCode LimitExceeded = new(106, "limit exceeded");
    public static readonly ErrorCode BadRequest = new(107, "bad request");
    public static readonly ErrorCode NotAvailable = new(108, "not available");
    public static readonly ErrorCode TokenExpired = new(109, "token expired");
    public static readonly ErrorCode Expired = new(110, "expired");
    public static readonly ErrorCode TooManyRequests = new(111, "too many requests", Temporary: true);
    public static readonly ErrorCode UnrecoverablePosition = new(112, "unrecoverable position");
    public static readonly ErrorCode ConcurrentPagination = new(113, "concurrent pagination", Temporary: true);
}
