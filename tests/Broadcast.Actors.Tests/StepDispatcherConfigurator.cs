using Akka.Configuration;
using Akka.Dispatch;

namespace Broadcast.Actors.Tests;

/// <summary>Named in a system's configuration, it gives the system one <see cref="StepDispatcher"/>.</summary>
internal sealed class StepDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly StepDispatcher _dispatcher;

    public StepDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new StepDispatcher(this);

    public override MessageDispatcher Dispatcher() => _dispatcher;
}
