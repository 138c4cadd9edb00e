using Microsoft.Extensions.Logging;

namespace Broadcast.Redis;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Redis at {Server} is connected; this node listens to {Count} rooms there.")]
    public static partial void Connected(ILogger logger, string server, int count);

    [LoggerMessage(2, LogLevel.Error, "Redis at {Server} cannot be reached; what is published to its rooms is refused until it can: {Reason}")]
    public static partial void NotReached(ILogger logger, string server, string reason);

    [LoggerMessage(3, LogLevel.Warning, "The connection to Redis at {Server} broke: {Reason}")]
    public static partial void Broken(ILogger logger, string server, string reason);

    [LoggerMessage(4, LogLevel.Error, "Redis at {Server} has lost publications of {Room} that members of this node have seen; the room goes on after {Offset}, and what it kept from before is gone.")]
    public static partial void Lost(ILogger logger, string server, string room, ulong offset);

    [LoggerMessage(5, LogLevel.Error, "Something came for {Room} in a form this server does not know; does a newer one use the same Redis and prefix?")]
    public static partial void NotReadable(ILogger logger, string room);

    [LoggerMessage(8, LogLevel.Error, "Handing over to {Room} met an unexpected fault.")]
    public static partial void HandingOverFault(ILogger logger, string room, Exception exception);

    [LoggerMessage(6, LogLevel.Error, "Redis at {Server} refuses publications: {Reason}")]
    public static partial void Refuses(ILogger logger, string server, string reason);

    [LoggerMessage(7, LogLevel.Information, "Redis at {Server} takes publications again.")]
    public static partial void Accepts(ILogger logger, string server);
}
