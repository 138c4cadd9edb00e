namespace Broadcast.Actors;

/// <summary>Makes an actor for a source, which begins to read it.</summary>
/// <param name="Before">The one that had its name; it is stopped first.</param>
internal sealed record StartSource(ActorFeed Feed, IFeed? Before) : SourceCommand(Feed);
