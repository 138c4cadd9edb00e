using Microsoft.Extensions.Logging;

namespace Broadcast.Gateway;

/// <summary>
/// Publications of one client on their way to the backplane: in order, without one waiting for the one before, but bounded; beyond it the
/// client is not read. Touched by the task that reads from the client.
/// </summary>
internal sealed class Publishing(Hub hub, Connection connection, OpenedSocket socket, int max, ILogger logger)
{
    // Most clients never publish, or never faster than the backplane takes it.
    private Queue<Task>? _waiting;
    private Task? _nobodyWaits;

    /// <summary>Waits until one more may be begun.</summary>
    public async ValueTask MakePlaceAsync()
    {
        while (_waiting is not null && _waiting.TryPeek(out var oldest) && (_waiting.Count >= max || oldest.IsCompleted))
        {
            // A client that has gone does not wait for a backplane that does not answer; the task that reads would not see it, since it waits here.
            _nobodyWaits ??= Task.WhenAny(connection.Completion, socket.GoneAsync());
            await Task.WhenAny(_waiting.Dequeue(), _nobodyWaits);
        }
    }

    /// <param name="answering">Publishes, and answers; it does not fail.</param>
    public void Add(Task answering)
    {
        if (!answering.IsCompletedSuccessfully)
        {
            (_waiting ??= new()).Enqueue(answering);
        }
    }

    /// <summary>Never fails: nobody may be there any more to see it.</summary>
    public async ValueTask<PublishResult> PublishAsync(string room, Publication publication, string? idempotencyKey)
    {
        try
        {
            return await hub.PublishAsync(room, publication, idempotencyKey);
        }
        catch (Exception e)
        {
            hub.Metrics.Faults.Add(1);
            Log.PublishingFault(logger, room, e);
            return PublishResult.Unknown("The publication may or may not arrive.");
        }
    }
}
