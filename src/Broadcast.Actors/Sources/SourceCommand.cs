using Akka.Event;

namespace Broadcast.Actors;

/// <summary>What is said to the actor of one source; <see cref="SourcesActor"/> passes it on. Where that actor has just ended, it is of no use to anybody.</summary>
internal abstract record SourceCommand(ActorFeed Feed) : IDeadLetterSuppression;
