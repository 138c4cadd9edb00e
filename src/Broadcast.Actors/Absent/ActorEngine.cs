using Microsoft.Extensions.Logging;

namespace Broadcast.Actors;

/// <summary>Stands where the engine would be: this build was made without it.</summary>
public static class ActorEngine
{
    /// <summary>How to get the engine, in one sentence; null where it is there.</summary>
    public static string? Absence => "This server was built without Akka.NET; build it with -p:Akka=true where NuGet has its packages.";

    /// <exception cref="BackplaneException">Always: there is none.</exception>
    internal static IBackplane Create(
        AkkaOptions options, LocalBackplaneOptions memory, Func<string, RoomRule> rules, TimeProvider time, ILoggerFactory loggers, Action<string> putOut) =>
        throw new BackplaneException(Absence!);

    /// <exception cref="BackplaneException">Always: there is none.</exception>
    internal static IFeedEngine CreateFeedEngine(IBackplane backplane) => throw new BackplaneException(Absence!);

    /// <exception cref="BackplaneException">Always: there is none.</exception>
    internal static EventLoops CreateLoops(IBackplane backplane, HubOptions options) => throw new BackplaneException(Absence!);
}
