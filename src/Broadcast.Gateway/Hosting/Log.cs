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

    [LoggerMessage(120, LogLevel.Error, "Handler {Handler} failed on a request of client {Client}, which was told that the log has it as {Id}.")]
    public static partial void HandlerFailed(ILogger logger, string handler, string client, string id, Exception exception);

    [LoggerMessage(121, LogLevel.Warning, "Handler {Handler} took longer than {Limit} for a request of client {Client}, and was cancelled; the client was told that the log has it as {Id}.")]
    public static partial void HandlerLate(ILogger logger, string handler, string client, TimeSpan limit, string id);

    [LoggerMessage(122, LogLevel.Error, "What a handler does when a request of client {Client} is cancelled failed; the request is cancelled all the same.")]
    public static partial void CancellingFailed(ILogger logger, string client, Exception exception);

    [LoggerMessage(123, LogLevel.Warning, "Handlers are still at work {Limit} after their clients have gone, and are left to themselves: they do not look at their cancellation.")]
    public static partial void HandlersLeft(ILogger logger, TimeSpan limit);

    [LoggerMessage(124, LogLevel.Error, "A hook of the application ({Hook}) failed for {Whom}; the others run all the same.")]
    public static partial void HookFailed(ILogger logger, string hook, string whom, Exception exception);

    [LoggerMessage(125, LogLevel.Warning, "Hooks of clients that have gone are still at work after {Limit}, and are left to themselves.")]
    public static partial void HooksLeft(ILogger logger, TimeSpan limit);

    [LoggerMessage(126, LogLevel.Debug, "A message for {Audience} was accepted for {Accepted} of {Meant} clients; {Silent} nodes did not answer.")]
    public static partial void SentToAudience(ILogger logger, Audience audience, int accepted, int meant, int silent);

    [LoggerMessage(127, LogLevel.Debug, "A message for user {User} was accepted for {Accepted} clients; {Silent} nodes did not answer.")]
    public static partial void SentToUser(ILogger logger, string user, int accepted, int silent);

    [LoggerMessage(128, LogLevel.Debug, "A batch of {Updates} updates was accepted for {Accepted} of {Meant} clients; {Silent} nodes did not answer.")]
    public static partial void SentBatch(ILogger logger, int updates, int accepted, int meant, int silent);

    [LoggerMessage(129, LogLevel.Error, "What a hook of the application ({Hook}) does when its time is over failed for {Whom}; it is cancelled all the same.")]
    public static partial void CancellingHookFailed(ILogger logger, string hook, string whom, Exception exception);
}
