using Akka.Actor;

namespace Broadcast.Actors;

/// <summary>Runs each feed as an actor below one that supervises them. Any thread may call it.</summary>
/// <param name="sources">Made of <see cref="SourcesActor.Props"/>; it ends after the feeds have stopped.</param>
internal sealed class ActorFeedEngine(IActorRef sources) : IFeedEngine
{
    IFeed IFeedEngine.Begin(Attachment attachment, IFeed? before) => new ActorFeed(attachment, before, sources);
}
