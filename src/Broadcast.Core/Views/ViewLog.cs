using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>What operators read of views. Each line says what to look at.</summary>
internal static partial class ViewLog
{
    [LoggerMessage(71, LogLevel.Error, "Which view of '{Rooms}' a client of {User} gets could not be said; it is shown nothing there until its session changes.")]
    public static partial void NoView(ILogger logger, string rooms, string user, Exception exception);

    [LoggerMessage(72, LogLevel.Error, "The key of the view of '{Rooms}' that a client of {User} gets is empty, or longer than {Limit} bytes; it is shown nothing there until its session changes. See Broadcast:Hub:Views:MaxKeyBytes.")]
    public static partial void BadKey(ILogger logger, string rooms, string user, int limit);

    [LoggerMessage(73, LogLevel.Warning, "Room {Room} has {Limit} views in use; a client with another one is shown nothing there. See Broadcast:Hub:Views:MaxViews.")]
    public static partial void TooManyViews(ILogger logger, string room, int limit);

    [LoggerMessage(74, LogLevel.Error, "The projection for view '{View}' of room {Room} failed: that view is not shown the publication. Further failures are counted only, until one succeeds.")]
    public static partial void ProjectionFailed(ILogger logger, string view, string room, Exception exception);

    [LoggerMessage(75, LogLevel.Error, "The projection for view '{View}' of room {Room} took longer than {Limit} and was cancelled: that view is not shown the publication. Further failures are counted only, until one succeeds.")]
    public static partial void ProjectionLate(ILogger logger, string view, string room, TimeSpan limit);
}
