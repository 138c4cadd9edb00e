using Akka.Actor;

namespace Broadcast.Actors;

/// <summary>
/// Lets the actor of a client run the event loop of that client: one message asks for a turn, whatever number of posts it is for. Any thread may
/// wake it; <see cref="Begin"/> and <see cref="Turn"/> are the actor's.
/// </summary>
internal sealed class ActorLoop
{
    /// <summary>
    /// What the loop sends with in a turn. A turn leaves nothing there that another needs, so loops share it by thread: for each client alone it
    /// would be the largest part of what a client costs, and runs would not be shared.
    /// </summary>
    [ThreadStatic]
    private static Outgoing? t_outgoing;

    private readonly TurnsInPlace _inPlace;
    private volatile IActorRef? _actor;
    private volatile bool _hasEnded;

    /// <summary>Until there is an actor it stands as if one had been asked already: the first turn comes with it.</summary>
    private int _isAsked = 1;

    public ActorLoop(int index, Hub hub)
    {
        Loop = new EventLoop(index, hub, Wake, hasOutgoing: false);
        _inPlace = new TurnsInPlace(Loop, TurnOnce);
    }

    public EventLoop Loop { get; }

    public void Begin(IActorRef actor)
    {
        _actor = actor;
        if (!_hasEnded)
        {
            actor.Tell(LoopTurn.Instance);
        }
    }

    public void Turn()
    {
        if (_hasEnded)
        {
            return;
        }

        // Taken back before the turn: what is posted after this line asks anew.
        Interlocked.Exchange(ref _isAsked, 0);
        if (TurnOnce())
        {
            Wake();
        }
    }

    /// <summary>There is no actor, or no longer. What is posted from now on is done by whoever posts it. May be called again.</summary>
    public void End()
    {
        _hasEnded = true;
        Interlocked.MemoryBarrier();
        _inPlace.Turn();
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _isAsked, 1) == 0)
        {
            _actor!.Tell(LoopTurn.Instance);
        }

        if (_hasEnded)
        {
            _inPlace.Turn();
        }
    }

    private bool TurnOnce()
    {
        // Taken away meanwhile: a loop that is turned in place within this turn must not send with the same.
        var outgoing = t_outgoing ?? new Outgoing(new Runs());
        t_outgoing = null;
        Loop.Outgoing = outgoing;
        try
        {
            return Loop.Turn();
        }
        finally
        {
            t_outgoing = outgoing;
        }
    }
}
