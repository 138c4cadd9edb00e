using Akka.Actor;
using Akka.Event;

namespace Broadcast.Actors;

/// <summary>Tells the actor of a client that the client has ended, and so has the actor.</summary>
internal sealed class ClientEnded : IDeadLetterSuppression, INoSerializationVerificationNeeded
{
    public static readonly ClientEnded Instance = new();

    private ClientEnded()
    {
    }
}
