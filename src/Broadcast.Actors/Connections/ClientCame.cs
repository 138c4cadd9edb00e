using Akka.Actor;

namespace Broadcast.Actors;

/// <summary>A client is there and is to have an actor.</summary>
/// <param name="Loop">Its event loop, if the actor is to run it; else null.</param>
internal sealed record ClientCame(Connection Connection, ActorLoop? Loop) : INoSerializationVerificationNeeded;
