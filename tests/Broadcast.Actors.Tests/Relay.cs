using Akka.Actor;

namespace Broadcast.Actors.Tests;

/// <summary>Stands where an actor of a certain name is looked for, and passes on what comes.</summary>
internal sealed class Relay(IActorRef to) : UntypedActor
{
    public static Props Props(IActorRef to) => Akka.Actor.Props.Create(() => new Relay(to));

    protected override void OnReceive(object message) => to.Forward(message);
}
