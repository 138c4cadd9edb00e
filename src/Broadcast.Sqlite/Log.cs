using Microsoft.Extensions.Logging;

namespace Broadcast.Sqlite;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Histories are kept in {File}; it was checked in {Milliseconds} ms.")]
    public static partial void Opened(ILogger logger, string file, long milliseconds);

    [LoggerMessage(2, LogLevel.Error, "Publications cannot be stored, and are refused until they can: {Reason}")]
    public static partial void CannotStore(ILogger logger, string reason, Exception exception);

    [LoggerMessage(3, LogLevel.Information, "Publications can be stored again.")]
    public static partial void StoresAgain(ILogger logger);

    [LoggerMessage(4, LogLevel.Error, "A publication of {Room} cannot be read from its history: {Reason}")]
    public static partial void NotRead(ILogger logger, string room, string reason);

    [LoggerMessage(5, LogLevel.Critical, "Writing failed in a way it should not; publications under way are answered as unknown.")]
    public static partial void JournalFault(ILogger logger, Exception exception);

    [LoggerMessage(6, LogLevel.Warning, "The machine ended before a node that did not wait for the disk; accepted publications may be missing, and every room begins another epoch.")]
    public static partial void EpochsRenewed(ILogger logger);
}
