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

    [LoggerMessage(8, LogLevel.Warning, "{Count} clients did not take their close frame in time and were reset.")]
    public static partial void StoppedHard(ILogger logger, int count);

    [LoggerMessage(9, LogLevel.Debug, "Client {Client} has come; the node has {Count}.")]
    public static partial void ClientCame(ILogger logger, string client, int count);

    [LoggerMessage(10, LogLevel.Debug, "Client {Client} has gone: {Code} {Reason}; the node has {Count}.")]
    public static partial void ClientWent(ILogger logger, string client, int code, string reason, int count);
}
