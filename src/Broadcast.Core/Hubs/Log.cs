using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>What operators read. Each line says what to look at.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "Room {Room} met an unexpected fault; what came meanwhile is read from history.")]
    public static partial void RoomFault(ILogger logger, string room, Exception exception);

    [LoggerMessage(2, LogLevel.Error, "Room {Room} could not be opened: the backplane refused. Its clients were asked to come again.")]
    public static partial void RoomNotOpened(ILogger logger, string room, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "Room {Room} was closed here, but the backplane may still hand over to it.")]
    public static partial void RoomNotUnsubscribed(ILogger logger, string room, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "The history of room {Room} cannot be read now and is tried again: {Reason}")]
    public static partial void HistoryNotRead(ILogger logger, string room, string reason);

    [LoggerMessage(5, LogLevel.Error, "Client {Client} met an unexpected fault and was reset; no other client is affected.")]
    public static partial void ConnectionFault(ILogger logger, string client, Exception exception);

    [LoggerMessage(6, LogLevel.Error, "Event loop {Loop} met an unexpected fault and goes on.")]
    public static partial void LoopFault(ILogger logger, int loop, Exception exception);

    [LoggerMessage(7, LogLevel.Warning, "The node's budget of {Limit} bytes for windows was reached; the idlest rooms were emptied ({Evictions} so far). Slow clients there read history instead.")]
    public static partial void Evicted(ILogger logger, long limit, long evictions);

    [LoggerMessage(8, LogLevel.Warning, "{Cut} clients were cut at the deadline of the drain, {Seconds:0.0} s after it began; {Moved} had been moved before, {Reset} of them by a reset. "
        + "Those that were cut come back all at once: Broadcast:Drain:Deadline is too short for them, or Broadcast:Drain:Rate too low.")]
    public static partial void DrainCut(ILogger logger, int cut, double seconds, int moved, int reset);

    [LoggerMessage(9, LogLevel.Debug, "Client {Client} has come; the node has {Count}.")]
    public static partial void ClientCame(ILogger logger, string client, int count);

    [LoggerMessage(10, LogLevel.Debug, "Client {Client} has gone: {Code} {Reason}; the node has {Count}.")]
    public static partial void ClientWent(ILogger logger, string client, int code, string reason, int count);

    [LoggerMessage(11, LogLevel.Information, "All clients were moved within {Seconds:0.0} s: {Moved}, {Reset} of them by a reset since they did not read.")]
    public static partial void DrainDone(ILogger logger, double seconds, int moved, int reset);

    [LoggerMessage(12, LogLevel.Information, "Client {Client} is closed: nothing has come from it since {LastActivity:u}. See Broadcast:Hub:Idle.")]
    public static partial void ClientIdle(ILogger logger, string client, DateTimeOffset lastActivity);

    [LoggerMessage(13, LogLevel.Information, "Publication {Position} of room {Room} was written to {Written} of {Members} members ({Users} users); {Withheld} are not to see it, {LeftBehind} were left behind.")]
    public static partial void Reached(ILogger logger, string position, string room, int written, int members, int users, int withheld, int leftBehind);

    [LoggerMessage(14, LogLevel.Error, "The audience {Audience} failed when it was asked of a session, which it does not include now.")]
    public static partial void PredicateFailed(ILogger logger, string audience, Exception exception);
}
