using Microsoft.Extensions.Logging;

namespace Broadcast.Actors;

/// <summary>Nodes as an Akka.NET cluster.</summary>
public static class ActorEngine
{
    /// <summary>How to get the engine, in one sentence; null where it is there.</summary>
    public static string? Absence => null;

    /// <summary>Makes the backplane of a node.</summary>
    /// <param name="memory">Bounds of the histories of the rooms that this node owns.</param>
    /// <param name="putOut">Called with the reason when the cluster has put this node out: the process is to end, and to be started again.</param>
    /// <exception cref="BackplaneException">What the files in <c>hocon/</c> or the settings say is no good; the message is one sentence.</exception>
    internal static IBackplane Create(
        AkkaOptions options, LocalBackplaneOptions memory, Func<string, RoomRule> rules, TimeProvider time, ILoggerFactory loggers, Action<string> putOut) =>
        new AkkaBackplane(new Engine(options, memory, rules, time, loggers, putOut));

    /// <summary>Makes what runs the sources of a node: an actor for each.</summary>
    /// <param name="backplane">The node's, made here.</param>
    internal static IFeedEngine CreateFeedEngine(IBackplane backplane)
    {
        var engine = ((AkkaBackplane)backplane).Engine;
        return new ActorFeedEngine(() => engine.Sources);
    }

    /// <summary>Makes what writes to the clients of a node: as <see cref="AkkaOptions.Delivery"/> says. Once, before the node's hub is made.</summary>
    /// <param name="backplane">The node's, made here.</param>
    internal static EventLoops CreateLoops(IBackplane backplane, HubOptions options)
    {
        var engine = ((AkkaBackplane)backplane).Engine;
        return engine.Loops = SupervisedLoops.For(engine.Options.Delivery, options);
    }
}
