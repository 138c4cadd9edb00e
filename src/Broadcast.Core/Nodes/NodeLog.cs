using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>What operators read of nodes. Each line says what to look at.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(60, LogLevel.Information, "Node {Name} ({Id}) is there.")]
    public static partial void NodeCame(ILogger logger, string name, string id);

    [LoggerMessage(61, LogLevel.Information, "Node {Name} ({Id}) has stopped.")]
    public static partial void NodeStopped(ILogger logger, string name, string id);

    [LoggerMessage(62, LogLevel.Warning, "Node {Name} ({Id}) at {Address} has said nothing for too long; it and its clients count as gone.")]
    public static partial void NodeGone(ILogger logger, string name, string id, string address);

    [LoggerMessage(63, LogLevel.Warning, "The other nodes cannot be told that this one is there: {Reason} It is tried again with every heartbeat.")]
    public static partial void NotTold(ILogger logger, string reason);

    [LoggerMessage(64, LogLevel.Information, "The other nodes can be reached again.")]
    public static partial void ToldAgain(ILogger logger);

    [LoggerMessage(65, LogLevel.Error, "What other nodes say met an unexpected fault.")]
    public static partial void NodeFault(ILogger logger, Exception exception);

    [LoggerMessage(66, LogLevel.Debug, "A message of another node was ignored; it is {Why}.")]
    public static partial void Ignored(ILogger logger, string why);

    [LoggerMessage(67, LogLevel.Warning, "The members of room {Room} may not be told who comes and goes: {Reason} Further such losses are only counted until one is told again.")]
    public static partial void NoticeLost(ILogger logger, string room, string reason);

    [LoggerMessage(68, LogLevel.Warning, "This node tells of {Count} clients that were lost with node {Name} ({Id}).")]
    public static partial void TellsLoss(ILogger logger, int count, string name, string id);

    [LoggerMessage(69, LogLevel.Warning, "The other nodes took this one for lost, and told that {Count} of its clients have gone; they are ended, and come back.")]
    public static partial void WasTakenForLost(ILogger logger, int count);
}
