using Akka.Actor;

namespace Broadcast.Actors;

/// <summary>Has a child for each room that this node listens to.</summary>
internal sealed class ListenersActor(Engine engine) : UntypedActor
{
    public const string Name = "listeners";

    private readonly Dictionary<string, IActorRef> _children = new(StringComparer.Ordinal);

    public static Props Props(Engine engine) => Akka.Actor.Props.Create(() => new ListenersActor(engine));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Open open:
                if (!_children.TryGetValue(open.Room, out var child))
                {
                    child = Context.ActorOf(ListenerActor.Props(open.Room, engine));
                    _children.Add(open.Room, child);
                }

                child.Forward(open);
                break;
            case Close close:
                // Another one of that name is another child: this one is still saying goodbye.
                if (_children.Remove(close.Room, out var leaving))
                {
                    leaving.Forward(close);
                }
                else if (!Sender.IsNobody())
                {
                    Sender.Tell(Closed.Instance);
                }

                break;
        }
    }

    /// <summary>A fault of one room's listener; the hub hears of it by comparing positions.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(maxNrOfRetries: -1, withinTimeRange: Timeout.InfiniteTimeSpan, Decider.From(Directive.Resume));

    /// <summary>Begins to hand over; answered by <see cref="Listening"/> or <see cref="Refused"/>. Stays on this node.</summary>
    internal sealed record Open(string Room, IHandOver Receiver);

    /// <summary>Ends handing over; answered by <see cref="Closed"/>. Stays on this node.</summary>
    internal sealed record Close(string Room);

    /// <summary>Nothing is handed over any more.</summary>
    internal sealed record Closed
    {
        public static readonly Closed Instance = new();
    }
}
