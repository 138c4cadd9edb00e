using Akka.Actor;
using Akka.Streams;

namespace Broadcast.Actors;

/// <summary>
/// The clients of this node, each a child named by its id. A child that fails is stopped, and its client reset; the others do not notice. Where
/// delivery is by actors, the streams that bring news to them are its children too.
/// </summary>
internal sealed class ConnectionsActor : ReceiveActor
{
    public const string Name = "connections";

    private readonly SupervisedLoops _loops;

    public ConnectionsActor(SupervisedLoops loops)
    {
        _loops = loops;
        Receive<ClientCame>(came =>
        {
            // It may be told of twice, if it came while this actor began.
            if (!came.Connection.Completion.IsCompleted && Context.Child(came.Connection.Id).IsNobody())
            {
                Context.ActorOf(ConnectionActor.Props(came.Connection, came.Loop), came.Connection.Id);
            }
        });
    }

    /// <param name="loops">The node's hub has them.</param>
    public static Props Props(SupervisedLoops loops) => Akka.Actor.Props.Create<ConnectionsActor>(loops);

    protected override void PreStart() => _loops.Attach(Self, Context.Materializer());

    protected override void PostStop() => _loops.Detach();

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(
        fault =>
        {
            _loops.Fail(Sender.Path.Name, fault);
            return Directive.Stop;
        },
        loggingEnabled: false);
}
