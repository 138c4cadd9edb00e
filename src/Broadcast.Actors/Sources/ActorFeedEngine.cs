using Akka.Actor;

namespace Broadcast.Actors;

/// <summary>Runs each feed as an actor below one that supervises them. Any thread may call it.</summary>
/// <param name="sources">Leads to the one made of <see cref="SourcesActor.Props"/>, which ends after the feeds have stopped; asked for each feed.</param>
internal sealed class ActorFeedEngine(Func<IActorRef> sources) : IFeedEngine
{
    IFeed IFeedEngine.Begin(Attachment attachment, IFeed? before) => new ActorFeed(attachment, before, sources());
}
