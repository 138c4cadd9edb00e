using Microsoft.Extensions.Logging;

namespace Broadcast.Gateway;

/// <summary>
/// What the messages of one plain socket mean. Publications go to the backplane in the order they came, without one waiting for the one
/// before, but at most <c>MaxPublishing</c> at a time: then the socket is not read.
/// </summary>
internal sealed class SocketCommands(
    Hub hub, Connection connection, string room, bool mayPublish, bool envelope, int maxPublishing, Task gone, ILogger logger)
{
    private readonly Queue<Task> _publishing = new();
    private readonly Task _nobodyWaits = Task.WhenAny(connection.Completion, gone);

    public ValueTask TakeAsync(Opcode opcode, ReadOnlyMemory<byte> message)
    {
        if (envelope && opcode == Opcode.Text)
        {
            return CommandAsync(message);
        }

        var kind = opcode == Opcode.Text ? ContentKind.Text : ContentKind.Binary;
        return PublishAsync(new Publication(message.ToArray(), kind) { Publisher = connection.User }, null, null);
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
                await PublishAsync(publish.Publication, publish.IdempotencyKey, publish.Id);
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
            if (envelope)
            {
                await ErrorAsync(id, ErrorCode.PermissionDenied, "Publishing is not permitted here.");
                return;
            }

            await connection.PostClose(Disconnect.PermissionDenied);
            return;
        }

        while (_publishing.Count >= maxPublishing || (_publishing.TryPeek(out var oldest) && oldest.IsCompleted))
        {
            // A client that has gone does not wait for a backplane that does not answer.
            await Task.WhenAny(_publishing.Dequeue(), _nobodyWaits);
        }

        var answer = PublishAndAnswerAsync(publication, idempotencyKey, id);
        if (!answer.IsCompletedSuccessfully)
        {
            _publishing.Enqueue(answer);
        }
    }

    /// <summary>Never fails: nobody may be there any more to see it.</summary>
    private async Task PublishAndAnswerAsync(Publication publication, string? idempotencyKey, long? id)
    {
        PublishResult result;
        try
        {
            result = await hub.PublishAsync(room, publication, idempotencyKey);
        }
        catch (Exception e)
        {
            hub.Metrics.Faults.Add(1);
            Log.PublishingFault(logger, room, e);
            result = PublishResult.Unknown("The publication may or may not arrive.");
        }

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
