using Akka.Actor;
using Akka.Configuration;
using Akka.Streams;

namespace Broadcast.Actors.Tests;

/// <summary>A node whose clients are written to by actors. A test runs these, and the streams that bring them news, step by step on its own thread.</summary>
internal sealed class ActorNode : TestNode
{
    /// <summary>How long it looks for what other threads have still to give; not a time anything takes.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);

    private static readonly Config s_config = ConfigurationFactory.ParseString($$"""
        akka.loggers = []
        akka.stdout-loglevel = OFF
        akka.loglevel = OFF
        akka.actor.default-dispatcher.type = "{{typeof(StepDispatcherConfigurator).AssemblyQualifiedName}}"
        """);

    private readonly ActorSystem _system = ActorSystem.Create("node", s_config);
    private readonly StepDispatcher _steps;
    private readonly ActorLoops _loops;

    public ActorNode(RoomRule? rule = null, HubOptions? options = null, Func<string, RoomRule>? rules = null)
        : this(new ActorLoops(), rule, options, rules)
    {
    }

    private ActorNode(ActorLoops loops, RoomRule? rule, HubOptions? options, Func<string, RoomRule>? rules)
        : base(rule, options, rules, _ => loops)
    {
        _loops = loops;
        _steps = (StepDispatcher)_system.Dispatchers.DefaultGlobalDispatcher;
        _system.ActorOf(ConnectionsActor.Props(loops), "connections");
        RunUntil(() => loops.Materializer is not null);
    }

    /// <summary>Ends the streams that bring news; what they were for goes on without.</summary>
    public void EndStreams()
    {
        var materializer = (ActorMaterializer)_loops.Materializer!;
        materializer.Shutdown();
        RunUntil(() => materializer.IsShutdown);
        Settle();
    }

    public override bool Turn()
    {
        if (_steps.Count == 0 && _loops.Joining > 0)
        {
            _steps.TryRun(s_look);
        }

        for (var left = _steps.Count; left > 0; left--)
        {
            _steps.TryRun(TimeSpan.Zero);
        }

        return _steps.Count > 0 || _loops.Joining > 0;
    }

    protected override void Dispose(bool disposing)
    {
        Finish(Hub.DisposeAsync().AsTask());
        base.Dispose(disposing);
        Finish(_system.Terminate());
    }

    private void Finish(Task task)
    {
        RunUntil(() => task.IsCompleted);
        task.GetAwaiter().GetResult();
    }

    private void RunUntil(Func<bool> done)
    {
        for (var idle = 0; !done(); idle = _steps.TryRun(s_look) ? 0 : idle + 1)
        {
            Assert.True(idle < 3_000, "It is waited for something that nobody does.");
        }
    }
}
