using Akka.Actor;

namespace Broadcast.Actors;

/// <summary>
/// A client as an actor, by whose name, the client's id, it is found. It is there as long as the client, and answers <see cref="DescribeClient"/> and
/// what follows there; each is done on the client's event loop. Where delivery is by actors, it also is that loop. If it is stopped before the
/// client has ended, as when the actors stop before the node, the client goes on without.
/// </summary>
internal sealed class ConnectionActor(Connection connection, ActorLoop? loop) : UntypedActor
{
    public static Props Props(Connection connection, ActorLoop? loop) => Akka.Actor.Props.Create<ConnectionActor>(connection, loop!);

    protected override void PreStart()
    {
        _ = connection.Completion.PipeTo(Self, success: _ => ClientEnded.Instance);
        loop?.Begin(Self);
    }

    protected override void PostStop() => loop?.End();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LoopTurn:
                loop!.Turn();
                break;
            case ClientEnded:
                Context.Stop(Self);
                break;
            case DescribeClient:
                Answer(c => new ClientDescription(ClientStatus.Of(c), [.. c.Subscriptions.Select(SubscriptionStatus.Of)]));
                break;
            case PauseRoom pause:
                Answer(c => InRoom(c, pause.Room, s => s.Pause()));
                break;
            case ResumeRoom resume:
                Answer(c => InRoom(c, resume.Room, s => s.Resume()));
                break;
            case CloseClient close:
                Answer(c => IfOpen(c, () => c.Close(close.Reason)));
                break;
            case JoinRoom join:
                _ = JoinAsync(join.Room, Self, Asker());
                break;
            case LeaveRoom leave:
                Answer(c => InRoom(c, leave.Room, s => c.Dialect.Unsubscribe(c, s, UnsubscribeReason.Server)));
                break;
            case SendToClient send:
                Answer(c => new ClientDone(c.Dialect.TakesMessages(c) && c.Mail.Send(c.Dialect.Message(send.Data, send.Kind), letter: null)));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static ClientDone IfOpen(Connection connection, Action action)
    {
        var isOpen = connection.State == ConnectionState.Open;
        if (isOpen)
        {
            action();
        }

        return new ClientDone(isOpen);
    }

    private static ClientDone InRoom(Connection connection, string room, Action<Subscription> action)
    {
        var subscription = connection.Find(room);
        if (subscription is not null)
        {
            action(subscription);
        }

        return new ClientDone(subscription is not null);
    }

    /// <summary>Where the room stands is asked before anybody can be told that the client is in it. Other requests do not wait for that.</summary>
    private async Task JoinAsync(string room, IActorRef self, IActorRef asker)
    {
        if (RoomName.Refusal(room) is { } refusal)
        {
            asker.Tell(new ClientRefusal(refusal), self);
            return;
        }

        JoinAt at;
        try
        {
            at = JoinAt.After(await connection.Loop.Hub.PositionAsync(room));
        }
        catch (Exception e) when (e is BackplaneException or OperationCanceledException)
        {
            asker.Tell(new ClientRefusal(e.Message), self);
            return;
        }

        await connection.PostAction(c =>
        {
            var isNew = c.State == ConnectionState.Open && c.Find(room) is null;
            var why = isNew ? c.Take(room, at) : null;
            asker.Tell(why is null ? new ClientDone(isNew) : new ClientRefusal(why), self);
        });
    }

    /// <summary>Does something on the client's loop, and tells who asked.</summary>
    private void Answer(Func<Connection, object> action)
    {
        var (self, asker) = (Self, Asker());
        _ = connection.PostAction(c => asker.Tell(action(c), self));
    }

    private IActorRef Asker() => Sender.Equals(Context.System.DeadLetters) ? ActorRefs.Nobody : Sender;
}
