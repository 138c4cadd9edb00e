using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>What operators read about paced broadcasters and scheduled pushes. Each line says what to look at.</summary>
internal static partial class PaceLog
{
    [LoggerMessage(80, LogLevel.Warning, "Broadcaster {Name} could not send an item, and goes on with the next: {Reason}")]
    public static partial void NotSent(ILogger logger, string name, string reason, Exception? exception);

    [LoggerMessage(81, LogLevel.Warning, "Broadcaster {Name} stopped while {Count} items waited, which were dropped.")]
    public static partial void DroppedAtStop(ILogger logger, string name, int count);

    [LoggerMessage(82, LogLevel.Error, "What broadcaster {Name} sends did not stop within {Timeout}, and was left to itself.")]
    public static partial void SendingDidNotStop(ILogger logger, string name, TimeSpan timeout);

    [LoggerMessage(83, LogLevel.Warning, "What {Name} does when it is cancelled failed; it is cancelled all the same.")]
    public static partial void CancellingFailed(ILogger logger, string name, Exception exception);

    [LoggerMessage(84, LogLevel.Information, "Push {Push} was attached to room {Room}, every {Every}.")]
    public static partial void Attached(ILogger logger, string push, string room, TimeSpan every);

    [LoggerMessage(85, LogLevel.Information, "Push {Push} was detached from room {Room}.")]
    public static partial void Detached(ILogger logger, string push, string room);

    [LoggerMessage(86, LogLevel.Warning, "Push {Push} of room {Room} failed, and runs again at its next tick: {Reason}")]
    public static partial void PushFailed(ILogger logger, string push, string room, string reason, Exception? exception);

    [LoggerMessage(87, LogLevel.Warning, "Push {Push} of room {Room} is still at work when its next tick has come, which is skipped: it takes longer than its {Every}.")]
    public static partial void PushLate(ILogger logger, string push, string room, TimeSpan every);

    [LoggerMessage(88, LogLevel.Error, "Push {Push} of room {Room} did not stop within {Timeout}, and was left to itself; nothing of it is published any more.")]
    public static partial void PushDidNotStop(ILogger logger, string push, string room, TimeSpan timeout);
}
