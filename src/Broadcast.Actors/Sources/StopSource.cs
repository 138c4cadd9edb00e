namespace Broadcast.Actors;

/// <summary>Read no more, let what is under way come to its end, close the source, and stop.</summary>
internal sealed record StopSource(ActorFeed Feed) : SourceCommand(Feed);
