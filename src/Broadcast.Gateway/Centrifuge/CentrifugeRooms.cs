using System.Buffers;

namespace Broadcast.Gateway;

/// <summary>
/// The commands of one client that concern rooms. Called by the task that reads from it, which waits for nothing once the client has gone;
/// subscriptions are touched on the loop.
/// </summary>
internal sealed class CentrifugeRooms(CentrifugeContext context, Connection connection, OpenedSocket socket)
{
    private readonly Publishing _publishing = new(context.Hub, connection, socket, context.Options.MaxPublishing, context.Logger);
    private Dictionary<string, RateGate>? _gates;
    private RateGate? _otherRooms;
    private ArrayBufferWriter<byte>? _answers;
    private Task _takenOver = Task.CompletedTask;

    public async ValueTask TakeAsync(ClientCommand command, Caller caller)
    {
        switch (command)
        {
            case SubscribeCommand subscribe:
                await SubscribeAsync(subscribe, caller);
                break;
            case UnsubscribeCommand unsubscribe:
                await UnsubscribeAsync(unsubscribe);
                break;
            case RoomPublishCommand publish:
                await PublishAsync(publish, caller);
                break;
            case PresenceCommand presence:
                await PresenceAsync(presence, caller);
                break;
            case PresenceStatsCommand stats:
                await StatsAsync(stats, caller);
                break;
            case HistoryCommand history:
                await HistoryAsync(history, caller);
                break;
            default:
                await ErrorAsync(command, ErrorCode.MethodNotFound);
                break;
        }
    }

    /// <summary>
    /// Publications that came together are answered together, in one frame: for each its own frame, post and task cost more than publishing did.
    /// Before the next ones are taken, the loop has taken over the answers to those before.
    /// </summary>
    public async ValueTask TakenAsync()
    {
        if (_answers is { WrittenCount: > 0 } answers)
        {
            await _takenOver;
            _takenOver = connection.PostReply(CentrifugeFormat.InFrame(answers));
            answers.ResetWrittenCount();
        }
    }

    /// <summary>On the loop; the client is not in the room.</summary>
    public static void Subscribe(Connection c, SubscribeCommand command, bool mayReadHistory, ConnectAnswer? connect = null)
    {
        // Rooms are logs, so that every client may come back with a position, whether it asked for that or not.
        var at = command.Recover && mayReadHistory ? JoinAt.Recover(command.Position) : JoinAt.Now;
        var format = CentrifugeFormat.Of(mayReadHistory, byServer: connect is not null, command.JoinLeave);
        c.Subscribe(command.Room, at, format, new SubscribeRequest(command, mayReadHistory, connect));
    }

    private async ValueTask SubscribeAsync(SubscribeCommand command, Caller caller)
    {
        var error = Check(command.Room, context.Access.MaySubscribe(caller, command.Room))
            ?? (command.Type != 0 || command.HasTagsFilter ? ErrorCode.NotAvailable : null)
            ?? (command.Token.Length > 0 ? Denied() : null);
        if (error is not null)
        {
            await ErrorAsync(command, error);
            return;
        }

        var mayReadHistory = context.Access.MayReadHistory(caller, command.Room);
        await connection.PostAction(c =>
        {
            var refused = c.Find(command.Room) is not null ? ErrorCode.AlreadySubscribed
                : c.Subscriptions.Count >= context.Options.MaxRooms ? Over("rooms")
                : null;
            if (refused is not null)
            {
                c.Reply(text => Replies.WriteError(text, command.Id, refused));
                return;
            }

            Subscribe(c, command, mayReadHistory);
        });
    }

    private async ValueTask UnsubscribeAsync(UnsubscribeCommand command)
    {
        Task? answered = null;
        await connection.PostAction(c => answered = (c.Find(command.Room)?.Context as SubscribeRequest)?.AnsweredAsync());
        if (answered is { IsCompleted: false })
        {
            // The room is opening yet; first the client is told that it is in it.
            await Task.WhenAny(answered, connection.Completion, socket.GoneAsync());
        }

        await connection.PostAction(c =>
        {
            c.Unsubscribe(command.Room);
            c.Reply(text => Replies.WriteUnsubscribe(text, command.Id));
        });
    }

    private async ValueTask PublishAsync(RoomPublishCommand command, Caller caller)
    {
        var error = Check(command.Room, context.Access.MayPublish(caller, command.Room))
            ?? (command.Type != 0 || command.Removed ? ErrorCode.NotAvailable : null)
            ?? (command.Data is null || PublicationLimits.Refusal(KeyOf(command), null, null, null) is not null ? ErrorCode.BadRequest : null)
            ?? (command.Data!.Value.Length > context.Options.MaxMessageBytes ? Over("size") : null)
            ?? (GateOf(command.Room, caller)?.TryPass(out _) == false ? TooMany() : null);
        if (error is not null)
        {
            await ErrorAsync(command, error);
            return;
        }

        var place = _publishing.MakePlaceAsync();
        if (!place.IsCompletedSuccessfully)
        {
            await TakenAsync();
        }

        await place;
        var publication = new Publication(command.Data!.Value, ContentKind.Json) { Key = KeyOf(command), Info = connection.Info };
        var publishing = _publishing.PublishAsync(command.Room, publication, null);
        if (publishing.IsCompleted)
        {
            AnswerLater(command, await publishing);
        }
        else
        {
            _publishing.Add(AnswerAsync(command, publishing));
        }
    }

    private void AnswerLater(RoomPublishCommand command, PublishResult result)
    {
        var answers = _answers ??= new();
        if (answers.WrittenCount > 0)
        {
            answers.Write("\n"u8);
        }

        WriteAnswer(answers, command, result);
    }

    private async Task AnswerAsync(RoomPublishCommand command, ValueTask<PublishResult> publishing)
    {
        var result = await publishing;
        await connection.PostReply(text => WriteAnswer(text, command, result));
    }

    private static void WriteAnswer(ArrayBufferWriter<byte> text, RoomPublishCommand command, PublishResult result)
    {
        if (result.IsAccepted)
        {
            Replies.WritePublish(text, command.Id);
        }
        else
        {
            Replies.WriteError(text, command.Id, ErrorCode.Internal, result.Reason);
        }
    }

    private async ValueTask PresenceAsync(PresenceCommand command, Caller caller)
    {
        if (Check(command.Room, context.Access.MaySeePresence(caller, command.Room)) is { } error)
        {
            await ErrorAsync(command, error);
            return;
        }

        // The protocol cannot say that a node did not answer; who is known is better than nothing.
        if (await AnswerOrNothingAsync(context.Cluster.Presence.MembersAsync(command.Room)) is { } presence)
        {
            await (presence.Members is not { } members
                ? ErrorAsync(command, ErrorCode.LimitExceeded)
                : connection.PostReply(text => Replies.WritePresence(text, command.Id, members)));
        }
    }

    private async ValueTask StatsAsync(PresenceStatsCommand command, Caller caller)
    {
        if (Check(command.Room, context.Access.MaySeePresence(caller, command.Room)) is { } error)
        {
            await ErrorAsync(command, error);
            return;
        }

        if (await AnswerOrNothingAsync(context.Cluster.Presence.CountAsync(command.Room)) is { } presence)
        {
            await connection.PostReply(text => Replies.WritePresenceStats(text, command.Id, presence.Count, presence.UserCount));
        }
    }

    /// <returns>Null if the client has gone before other nodes answered.</returns>
    private async ValueTask<RoomPresence?> AnswerOrNothingAsync(Task<RoomPresence> asking)
    {
        if (!asking.IsCompleted)
        {
            await Task.WhenAny(asking, connection.Completion, socket.GoneAsync());
        }

        return asking.IsCompleted ? await asking : null;
    }

    private async ValueTask HistoryAsync(HistoryCommand command, Caller caller)
    {
        var error = Check(command.Room, context.Access.MayReadHistory(caller, command.Room))
            ?? (command is { Reverse: true, Since.Offset: 0 } ? ErrorCode.BadRequest : null);
        if (error is not null)
        {
            await ErrorAsync(command, error);
            return;
        }

        try
        {
            var since = command.Since;
            if (since is { Epoch: "" } anyEpoch)
            {
                since = anyEpoch with { Epoch = (await context.Hub.PositionAsync(command.Room, socket.Gone)).Epoch };
            }

            var query = new HistoryQuery(since, command.Limit, command.Reverse);
            var (page, _) = await context.History.ReadAsync(
                command.Room, query, a => context.Hub.Audiences.Includes(a, connection), connection.Session, socket.Gone);
            if (since is { } asked && asked.Epoch != page.Top.Epoch)
            {
                await ErrorAsync(command, ErrorCode.UnrecoverablePosition);
                return;
            }

            await connection.PostReply(text => Replies.WriteHistory(text, command.Id, page.Publications, page.Top));
        }
        catch (BackplaneException)
        {
            await ErrorAsync(command, ErrorCode.Internal);
        }
        catch (OperationCanceledException)
        {
            // Nobody waits for it.
        }
    }

    private ErrorCode? Check(string room, bool isPermitted) =>
        RoomName.Refusal(room) is not null ? ErrorCode.BadRequest
        : isPermitted ? null
        : Denied();

    private static string? KeyOf(RoomPublishCommand command) => command.Key.Length > 0 ? command.Key : null;

    private ErrorCode Over(string limit)
    {
        context.Hub.Metrics.Refused(limit);
        return ErrorCode.LimitExceeded;
    }

    private ErrorCode Denied()
    {
        context.Hub.Metrics.Refused(Refusal.NoPermission);
        return ErrorCode.PermissionDenied;
    }

    private ErrorCode TooMany()
    {
        context.Rates.Count();
        return ErrorCode.TooManyRequests;
    }

    private RateGate? GateOf(string room, Caller caller)
    {
        if (_gates is not null && _gates.TryGetValue(room, out var known))
        {
            return known;
        }

        if (context.Rates.ForSocket(room, caller) is not { } gate)
        {
            return null;
        }

        _gates ??= new(StringComparer.Ordinal);
        if (_gates.Count < context.Options.MaxRooms)
        {
            return _gates[room] = gate;
        }

        // Names come from the client; who publishes in more rooms than it may be in has one gate for all the others.
        return _otherRooms ??= gate;
    }

    private Task ErrorAsync(ClientCommand command, ErrorCode error) =>
        connection.PostReply(text => Replies.WriteError(text, command.Id, error));
}
