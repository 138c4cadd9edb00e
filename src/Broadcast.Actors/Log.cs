using Microsoft.Extensions.Logging;

namespace Broadcast.Actors;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "The node at {Address} has joined the cluster.")]
    public static partial void MemberCame(ILogger logger, string address);

    [LoggerMessage(2, LogLevel.Information, "The node at {Address} has left the cluster; the rooms it owned begin new epochs.")]
    public static partial void MemberWent(ILogger logger, string address);

    [LoggerMessage(3, LogLevel.Critical, "This node cannot go on in the cluster, and ends. {Reason}")]
    public static partial void PutOut(ILogger logger, string reason);

    [LoggerMessage(4, LogLevel.Information, "The node has joined the cluster at {Address}; it has {Members} members.")]
    public static partial void HasJoined(ILogger logger, string address, int members);

    [LoggerMessage(5, LogLevel.Warning, "The node has not joined the cluster within {Seconds} s, and begins to serve without: publications are refused until it has. Its seeds are {Seeds}.")]
    public static partial void NotJoined(ILogger logger, double seconds, string seeds);
}
