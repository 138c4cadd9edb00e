using Akka.Actor;

namespace Broadcast.Actors;

/// <summary>
/// What becomes of <see cref="NodeActor"/> after a fault of its own: it goes on. Were it begun anew, so would be all under it, and nobody would know any more who listens
/// to what. Bound in <c>hocon/node.conf</c>.
/// </summary>
public sealed class FaultsAreSurvived : SupervisorStrategyConfigurator
{
    public override SupervisorStrategy Create() => new OneForOneStrategy(Decider.From(Directive.Resume, Directive.Stop.When<ActorInitializationException>()));
}
