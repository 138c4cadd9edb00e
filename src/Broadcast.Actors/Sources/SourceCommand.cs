namespace Broadcast.Actors;

/// <summary>What is said to the actor of one source; <see cref="SourcesActor"/> passes it on, and drops it if that actor has gone.</summary>
internal abstract record SourceCommand(ActorFeed Feed);
