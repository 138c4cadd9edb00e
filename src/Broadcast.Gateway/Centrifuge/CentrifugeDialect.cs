namespace Broadcast.Gateway;

/// <summary>
/// How sockets of the Centrifuge protocol speak. Recovering is a cursor: the reply says that nothing is missing, and what was missed
/// follows as ordinary pushes. One exists, shared by all connections.
/// </summary>
internal sealed class CentrifugeDialect : Dialect
{
    public static readonly CentrifugeDialect Json = new();

    private CentrifugeDialect()
    {
    }

    public override string Name => "centrifuge";

    public override WireFormat Format { get; } = CentrifugeFormat.Of(positioned: false, byServer: false, joinLeave: false);

    public override ReadOnlyMemory<byte> Heartbeat { get; } = WebSocketFrame.Encode(Opcode.Text, Replies.Ping.Span);

    public override bool ExpectsSignsOfLife => true;

    /// <summary>A rule that leaves out is what the room is for; positions go on from where it leads.</summary>
    public override bool TellsGapsOfRule => false;

    public override bool TakesRooms => true;

    public override string? Take(Connection connection, string room, JoinAt at)
    {
        if (!connection.IsIdentified)
        {
            return "The client has not said yet who it is.";
        }

        if (PendingAnswer(connection) is { } answer)
        {
            // Nothing is pushed to a client that has not been told yet that it is connected.
            _ = TakeLaterAsync(answer.Sent, connection, room, at);
            return null;
        }

        var request = new SubscribeRequest(new SubscribeCommand(0, room), Recoverable: false) { IsPushed = true };
        connection.Subscribe(room, at, CentrifugeFormat.Of(positioned: false, byServer: true, joinLeave: false), request);
        return null;
    }

    public override ReadOnlyMemory<byte> Close(Disconnect disconnect) => WebSocketFrame.Close(disconnect);

    public override ReadOnlyMemory<byte> Message(ReadOnlyMemory<byte> data, ContentKind kind) =>
        CentrifugeReplies.Frame(text => Pushes.WriteMessage(text, data.Span, kind));

    /// <summary>As long as it has not said who it is, nobody can mean it.</summary>
    public override bool TakesMessages(Connection connection) => connection.IsIdentified;

    public override void Unsubscribe(Connection connection, Subscription subscription, UnsubscribeReason reason)
    {
        var (room, request) = (subscription.Room.Name, (SubscribeRequest)subscription.Context!);
        if (request.Connect is { Sent.IsCompleted: false })
        {
            // It waits for its rooms, this one among them, and is not connected before.
            connection.Close(Disconnect.ForceReconnect);
            return;
        }

        connection.Unsubscribe(room);
        if (request.IsAnswered)
        {
            connection.Reply(text => Pushes.WriteUnsubscribe(text, room, reason));
            return;
        }

        // The client has not been told yet that it is in the room.
        request.SetAnswered();
        if (!request.IsPushed)
        {
            connection.Reply(text => Replies.WriteError(text, request.Command.Id, ErrorCode.PermissionDenied));
        }
    }

    public override void Subscribed(Connection connection, Subscription subscription)
    {
        var request = (SubscribeRequest)subscription.Context!;
        request.SetAnswered();
        if (request.Connect is { } connect)
        {
            connect.Add(subscription, request.ResultOf(subscription));
            connect.SendIfComplete(connection);
        }
        else if (request.IsPushed)
        {
            connection.Reply(text => Pushes.WriteSubscribe(text, subscription.Room.Name, request.ResultOf(subscription)));
        }
        else if (request.RejectsUnrecovered && subscription.Recovered != true)
        {
            connection.Unsubscribe(subscription.Room.Name);
            connection.Reply(text => Replies.WriteError(text, request.Command.Id, ErrorCode.UnrecoverablePosition));
        }
        else
        {
            connection.Reply(text => Replies.WriteSubscribe(text, request.Command.Id, request.ResultOf(subscription)));
        }
    }

    public override void SubscribingFailed(Connection connection, Subscription subscription)
    {
        var request = (SubscribeRequest)subscription.Context!;
        request.SetAnswered();
        if (request.Connect is not null)
        {
            connection.Close(Disconnect.ServerError);
            return;
        }

        connection.Unsubscribe(subscription.Room.Name);
        if (!request.IsPushed)
        {
            connection.Reply(text => Replies.WriteError(text, request.Command.Id, ErrorCode.Internal));
        }
    }

    /// <returns>The answer to its connect, if that waits for rooms yet.</returns>
    private static ConnectAnswer? PendingAnswer(Connection connection) =>
        connection.Subscriptions.Select(s => ((SubscribeRequest)s.Context!).Connect).FirstOrDefault(c => c is { Sent.IsCompleted: false });

    private static async Task TakeLaterAsync(Task connected, Connection connection, string room, JoinAt at)
    {
        await Task.WhenAny(connected, connection.Completion);
        await connection.PostAction(c =>
        {
            if (c.State == ConnectionState.Open)
            {
                c.Take(room, at);
            }
        });
    }
}
