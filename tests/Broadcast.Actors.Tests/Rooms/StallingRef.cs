using Akka.Actor;

namespace Broadcast.Actors.Tests;

/// <summary>Passes on what comes. Whoever tells it something stands still meanwhile, as a stopped process does, for as long as the action takes.</summary>
internal sealed class StallingRef(IActorRef to, Action stall) : MinimalActorRef
{
    public override ActorPath Path => to.Path;

    public override IActorRefProvider Provider => ((IInternalActorRef)to).Provider;

    protected override void TellInternal(object message, IActorRef sender)
    {
        to.Tell(message, sender);
        stall();
    }
}
