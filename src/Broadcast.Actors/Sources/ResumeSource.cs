namespace Broadcast.Actors;

/// <summary>The source is not paused any more: go on where it stopped.</summary>
internal sealed record ResumeSource(ActorFeed Feed) : SourceCommand(Feed);
