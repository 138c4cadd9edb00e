using Microsoft.Extensions.Logging;

namespace Broadcast.Gateway;

/// <summary>What operators read. Each line says what to look at.</summary>
internal static partial class Log
{
    [LoggerMessage(101, LogLevel.Warning, "No room is open to anybody. Open rooms in the settings, for example: "
        + "{{ \"Broadcast\": {{ \"Rooms\": [ {{ \"Name\": \"news\", \"Subscribe\": \"Anyone\", \"Publish\": \"Loopback\" }} ] }} }} in a file given as --settings FILE.")]
    public static partial void NothingOpen(ILogger logger);

    [LoggerMessage(102, LogLevel.Error, "Reading from client {Client} met an unexpected fault; its connection was ended, no other client is affected.")]
    public static partial void ReadingFault(ILogger logger, string client, Exception exception);

    [LoggerMessage(103, LogLevel.Error, "Publishing in room {Room} met an unexpected fault; the client was told that its publication may or may not arrive.")]
    public static partial void PublishingFault(ILogger logger, string room, Exception exception);

    [LoggerMessage(110, LogLevel.Debug, "A request was refused (401): it came with {Fault}.")]
    public static partial void NotIdentified(ILogger logger, string fault);

    [LoggerMessage(111, LogLevel.Debug, "A request came with API key {Name}.")]
    public static partial void ApiKeyUsed(ILogger logger, string name);
}
