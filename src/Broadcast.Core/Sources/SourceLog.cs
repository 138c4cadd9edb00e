using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>What operators read about sources. Each line says what to look at.</summary>
internal static partial class SourceLog
{
    [LoggerMessage(40, LogLevel.Information, "Source {Source} was attached to room {Room}.")]
    public static partial void Attached(ILogger logger, string source, string room);

    [LoggerMessage(41, LogLevel.Information, "Source {Source} was detached from room {Room}.")]
    public static partial void Detached(ILogger logger, string source, string room);

    [LoggerMessage(42, LogLevel.Information, "Source {Source} of room {Room} ended after {Items} items.")]
    public static partial void Ended(ILogger logger, string source, string room, long items);

    [LoggerMessage(43, LogLevel.Warning, "Source {Source} of room {Room} failed and is read anew in {Wait} (restart {Attempt} in a row).")]
    public static partial void Restarting(ILogger logger, string source, string room, TimeSpan wait, int attempt, Exception exception);

    [LoggerMessage(44, LogLevel.Error, "Source {Source} of room {Room} failed for good; the room goes on without it until a source is attached anew.")]
    public static partial void Failed(ILogger logger, string source, string room, Exception exception);

    [LoggerMessage(45, LogLevel.Warning, "Room {Room} does not accept what source {Source} gives: {Reason} The source waits; nothing is lost.")]
    public static partial void NotAccepted(ILogger logger, string room, string source, string reason);

    [LoggerMessage(46, LogLevel.Information, "Room {Room} accepts again what source {Source} gives.")]
    public static partial void AcceptedAgain(ILogger logger, string room, string source);

    [LoggerMessage(47, LogLevel.Error, "Source {Source} of room {Room} did not stop within {Timeout}. It was left to itself: nothing more is taken from it, but it may hold files or connections.")]
    public static partial void DidNotStop(ILogger logger, string source, string room, TimeSpan timeout);

    [LoggerMessage(48, LogLevel.Warning, "Source {Source} of room {Room} met a fault while it was closed; what it holds may not have been released.")]
    public static partial void NotClosed(ILogger logger, string source, string room, Exception exception);

    [LoggerMessage(49, LogLevel.Warning, "The members of room {Room} could not be told that source {Source} stopped.")]
    public static partial void NotTold(ILogger logger, string room, string source, Exception exception);
}
