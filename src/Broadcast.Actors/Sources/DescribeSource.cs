namespace Broadcast.Actors;

/// <summary>Asks <see cref="SourcesActor"/> how a source is. The answer is a <see cref="SourceReport"/>.</summary>
internal sealed record DescribeSource(string Room, string Name);
