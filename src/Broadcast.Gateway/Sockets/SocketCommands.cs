namespace Broadcast.Gateway;

/// <summary>
/// What the messages of one plain socket mean. Publications go to the backplane in the order they came, without one waiting for the one
/// before, but at most <c>MaxPublishing</c> at a time: then the socket is not read.
/// </summary>
internal sealed class SocketCommands(Publishing publishing, Connection connection, string room, bool mayPublish, bool envelope)
    : ISocketMessages
{
    private HandlerQueue? _requests;

    /// <summary>Who opened the socket.</summary>
    public required Caller Caller { get; init; }

    public required Handlers Handlers { get; init; }

    public required PublishRates Rates { get; init; }

    /// <summary>Holds the client to its room's rate; null where there is none.</summary>
    public RateGate? Gate { get; init; }

    public ValueTask TakeAsync(Opcode opcode, ReadOnlyMemory<byte> message)
    {
        if (envelope && opcode == Opcode.Text)
        {
            return CommandAsync(message);
        }

        var kind = opcode == Opcode.Text ? ContentKind.Text : ContentKind.Binary;
        return PublishAsync(new Publication(message.ToArray(), kind) { Info = connection.Info }, null, null);
    }

    private async ValueTask CommandAsync(ReadOnlyMemory<byte> message)
    {
        if (!EnvelopeCommand.TryParse(message.Span, out var command, out var error))
        {
            await ErrorAsync(error!.Id, ErrorCode.BadRequest, error.Message);
            return;
        }

        switch (command)
        {
            case PublishCommand publish:
                await PublishAsync(publish.Publication.By(connection.Info), publish.IdempotencyKey, publish.Id);
                break;
            case RequestCommand request:
                _requests ??= Handlers.QueueOf(connection);
                await _requests.TakeAsync(new SocketRequest(request), Caller);
                break;
            case PauseCommand:
                await OnSubscriptionAsync(command.Id, s => s.Pause());
                break;
            case ResumeCommand:
                await OnSubscriptionAsync(command.Id, s => s.Resume());
                break;
        }
    }

    private async ValueTask PublishAsync(Publication publication, string? idempotencyKey, long? id)
    {
        if (!mayPublish)
        {
            connection.Loop.Hub.Metrics.Refused(Refusal.NoPermission);
            await RefuseAsync(id, ErrorCode.PermissionDenied, "Publishing is not permitted here.", Disconnect.PermissionDenied);
            return;
        }

        if (Gate is not null && !Gate.TryPass(out _))
        {
            Rates.Count();
            await RefuseAsync(id, ErrorCode.TooManyRequests, "Publishing to this room is limited; try again later.", Disconnect.TooManyRequests);
            return;
        }

        await publishing.MakePlaceAsync();
        publishing.Add(PublishAndAnswerAsync(publication, idempotencyKey, id));
    }

    /// <summary>A bare socket has no place for an error: it ends.</summary>
    private Task RefuseAsync(long? id, ErrorCode code, string message, Disconnect end) =>
        envelope ? ErrorAsync(id, code, message) : connection.PostClose(end);

    private async Task PublishAndAnswerAsync(Publication publication, string? idempotencyKey, long? id)
    {
        var result = await publishing.PublishAsync(room, publication, idempotencyKey);
        if (result.IsAccepted)
        {
            if (id is { } answered)
            {
                await ReplyAsync(Envelope.Result(answered, result.Position));
            }
        }
        else if (envelope)
        {
            await ErrorAsync(id, ErrorCode.Internal, result.Reason!);
        }
        else
        {
            await connection.PostClose(new Disconnect(Disconnect.PublishFailedCode, result.Reason!));
        }
    }

    /// <summary>Does it on the loop, and answers with the position the client has then.</summary>
    private Task OnSubscriptionAsync(long? id, Action<Subscription> action) => connection.PostAction(c =>
    {
        if (c.Find(room) is not { } subscription)
        {
            return;
        }

        if (id is { } answered)
        {
            c.Reply(WebSocketFrame.Encode(Opcode.Text, Envelope.Result(answered, subscription.Position)));
        }

        action(subscription);
    });

    private Task ErrorAsync(long? id, ErrorCode code, string message) => ReplyAsync(Envelope.Error(id, code, message));

    private Task ReplyAsync(byte[] text) => connection.PostReply(WebSocketFrame.Encode(Opcode.Text, text));
}
