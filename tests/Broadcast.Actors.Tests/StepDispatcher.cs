using System.Collections.Concurrent;
using Akka.Dispatch;

namespace Broadcast.Actors.Tests;

/// <summary>Runs actors only when a test says so, on the test's thread. Any thread may give it something to run.</summary>
internal sealed class StepDispatcher(MessageDispatcherConfigurator configurator) : MessageDispatcher(configurator)
{
    private readonly BlockingCollection<IRunnable> _steps = [];

    /// <summary>Actors that have something to do.</summary>
    public int Count => _steps.Count;

    /// <summary>Lets the next actor work off some of its messages.</summary>
    /// <returns>False if there was none within that time.</returns>
    public bool TryRun(TimeSpan wait)
    {
        if (!_steps.TryTake(out var step, wait))
        {
            return false;
        }

        step.Run();
        return true;
    }

    protected override void ExecuteTask(IRunnable run) => _steps.Add(run);

    protected override void Shutdown()
    {
    }
}
