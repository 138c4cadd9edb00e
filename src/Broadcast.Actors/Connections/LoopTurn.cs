using Akka.Actor;
using Akka.Event;

namespace Broadcast.Actors;

/// <summary>Asks a client's actor for a turn of its event loop. One that comes after the actor has ended is of no importance.</summary>
internal sealed class LoopTurn : IDeadLetterSuppression, INoSerializationVerificationNeeded
{
    public static readonly LoopTurn Instance = new();

    private LoopTurn()
    {
    }
}
