using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Streams;

namespace Broadcast.Actors.Tests;

/// <summary>A node whose clients are written to by actors. A test runs these, and the streams that bring them news, step by step on its own thread.</summary>
internal sealed class ActorNode : TestNode
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private static readonly Config s_config = ConfigurationFactory.ParseString($$"""
        akka.loggers = []
        akka.stdout-loglevel = OFF
        akka.loglevel = OFF
        akka.actor.default-dispatcher.type = "{{typeof(StepDispatcherConfigurator).AssemblyQualifiedName}}"
        """);

    private readonly ActorSystem _system = ActorSystem.Create("node", s_config);
    private readonly StepDispatcher _steps;
    private readonly ActorLoops _loops;
    private readonly IActorRef _connections;

    public ActorNode(RoomRule? rule = null, HubOptions? options = null, Func<string, RoomRule>? rules = null)
        : this(new ActorLoops(), rule, options, rules)
    {
    }

    private ActorNode(ActorLoops loops, RoomRule? rule, HubOptions? options, Func<string, RoomRule>? rules)
        : base(rule, options, rules, _ => loops)
    {
        _loops = loops;
        _steps = (StepDispatcher)_system.Dispatchers.DefaultGlobalDispatcher;
        _connections = _system.ActorOf(ConnectionsActor.Props(loops), ConnectionsActor.Name);
        RunUntil(() => loops.Materializer is not null);
    }

    /// <summary>As <see cref="ActorLoops.Joining"/>.</summary>
    public int Joining => _loops.Joining;

    /// <summary>Actors that run streams.</summary>
    public int Streams => ((ActorRefWithCell)((ActorMaterializer)_loops.Materializer!).Supervisor).Children.Count();

    /// <summary>Stops the actors of all clients, as when the system goes before the node.</summary>
    public void StopConnections()
    {
        _system.Stop(_connections);
        RunUntil(() => _loops.Materializer is null);
    }

    /// <summary>Until something is so that other threads have a part in.</summary>
    public void SettleUntil(Func<bool> done)
    {
        Settle();
        RunUntil(done);
        Settle();
    }

    /// <summary>Ends the streams that bring news; what they were for goes on without.</summary>
    public void EndStreams()
    {
        var materializer = (ActorMaterializer)_loops.Materializer!;
        materializer.Shutdown();
        RunUntil(() => materializer.IsShutdown);
        Settle();
    }

    /// <summary>Until nothing has anything to do, and every member is reached by its room's stream; other threads have a part in that.</summary>
    public override void Settle() => RunUntil(() => _loops.Joining == 0 && _steps.Count == 0);

    public override bool Turn()
    {
        for (var left = _steps.Count; left > 0; left--)
        {
            _steps.TryRun(TimeSpan.Zero);
        }

        return _steps.Count > 0;
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
        var began = Stopwatch.GetTimestamp();
        while (!done())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < s_patience, "What is waited for does not come, or something asks for itself again and again.");
            _steps.TryRun(s_look);
            Thread.Yield();
        }
    }
}
