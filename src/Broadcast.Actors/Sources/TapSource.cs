using Akka;
using Akka.Streams;

namespace Broadcast.Actors;

/// <summary>
/// Asks <see cref="SourcesActor"/> to let somebody in this process see what a source gives, as it is read: before the room accepted it, each
/// once. However slowly the sink takes, the room does not wait for it. The answer is a <see cref="SourceTapped"/>. The sink completes when the
/// source has ended, failed for good, or was detached.
/// </summary>
/// <param name="Capacity">Items that wait for the sink; when there are more, the oldest goes.</param>
internal sealed record TapSource(string Room, string Name, IGraph<SinkShape<Publication>, NotUsed> Sink, int Capacity);
