using Akka.Actor;
using Topic = Akka.Cluster.Tools.PublishSubscribe;

namespace Broadcast.Actors;

/// <summary>
/// Listens to a room for this node, and gives what comes to the hub. It subscribes to the room's topic first and asks the owner for the position then; and until that owner's
/// topic has been heard once, the owner hands over to it directly, since pub-sub tells other nodes of a subscription in its own time only.
/// </summary>
internal sealed class ListenerActor : UntypedActor
{
    private readonly List<IActorRef> _asking = [];
    private readonly Engine _engine;
    private readonly string _room;
    private readonly bool _hasOwner;
    private IHandOver? _receiver;
    private string _epoch = "";
    private long _number;
    private bool _isSubscribed;
    private string _heard = "";
    private IActorRef? _closing;

    public ListenerActor(string room, Engine engine)
    {
        (_room, _engine, _hasOwner) = (room, engine, Engine.HasOwner(room));
    }

    public static Props Props(string room, Engine engine) => Akka.Actor.Props.Create(() => new ListenerActor(room, engine));

    protected override void PreStart() => _engine.Mediator.Tell(new Topic.Subscribe(_room, Self));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Handed handed:
                Take(handed);
                break;
            case Letter letter:
                _receiver?.HandOver(letter.Notice);
                break;
            case ListenersActor.Open open:
                _receiver = open.Receiver;
                _asking.Add(Sender);
                AskOwner();
                break;
            case Topic.SubscribeAck:
                _isSubscribed = true;
                AskOwner();
                break;
            case Listening or Refused:
                _asking.ForEach(a => a.Tell(message));
                _asking.Clear();
                break;
            case Moved:
                Context.ActorSelection($"/user/{NodeActor.Name}").Tell(message);
                ListenToNext();
                break;
            case ListenersActor.Close:
                _receiver = null;
                _asking.Clear();
                _closing = Sender;
                _engine.Mediator.Tell(new Topic.Unsubscribe(_room, Self));
                break;
            case Topic.UnsubscribeAck:
                if (!_closing.IsNobody())
                {
                    _closing!.Tell(ListenersActor.Closed.Instance);
                }

                Context.Stop(Self);
                break;
        }
    }

    private void AskOwner()
    {
        if (!_isSubscribed || _asking.Count == 0)
        {
            return;
        }

        if (_hasOwner)
        {
            _engine.Owners.Tell(new Listen(_room), Self);
        }
        else
        {
            Self.Tell(new Listening(Engine.NoPosition));
        }
    }

    /// <summary>The next owner's node may not know yet who has subscribed.</summary>
    private void ListenToNext()
    {
        if (_receiver is not null)
        {
            _engine.Owners.Tell(new Listen(_room), Self);
        }
    }

    private void Take(Handed handed)
    {
        if (handed.ByTopic && handed.Epoch != _heard)
        {
            _heard = handed.Epoch;
            _engine.Owners.Tell(new Heard(_room, _heard), Self);
        }

        // What came directly comes by topic once more.
        if (_receiver is not { } receiver || (handed.Epoch == _epoch && handed.Number <= _number))
        {
            return;
        }

        (_epoch, _number) = (handed.Epoch, handed.Number);

        // What came together is given out together, so that event loops are woken once.
        using (WakeHold.Begin())
        {
            foreach (var (offset, payload, notice) in handed.Items)
            {
                if (notice is not null)
                {
                    receiver.HandOver(notice);
                }
                else
                {
                    receiver.HandOver(new StreamPosition(_epoch, offset), payload!.Publication);
                }
            }
        }
    }
}
