using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Broadcast.Gateway;

/// <summary>
/// Makes "connected" a promise: where a client wants to begin at the newest, that position is taken before it is answered, so that
/// nothing published after the answer is missed.
/// </summary>
internal sealed class Joining(Hub hub, IHostApplicationLifetime lifetime)
{
    /// <returns>Where to begin in each room, or why it cannot be said now.</returns>
    public async ValueTask<Refusal?> FixAsync(HttpContext context, IReadOnlyList<string> rooms, JoinAt[] at)
    {
        try
        {
            for (var i = 0; i < rooms.Count; i++)
            {
                if (at[i] == JoinAt.Now)
                {
                    at[i] = JoinAt.After(await PositionAsync(context, rooms[i]));
                }
            }

            return null;
        }
        catch (BackplaneException e)
        {
            return Refusal.Unavailable(e.Message);
        }
        catch (OperationCanceledException)
        {
            return Refusal.Stopping();
        }
    }

    private async ValueTask<StreamPosition> PositionAsync(HttpContext context, string room)
    {
        if (hub.FindRoom(room) is { State: RoomState.Open, Position: var here })
        {
            // The many who come to an open room wait for nothing.
            return here;
        }

        using var given = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        return await hub.PositionAsync(room, given.Token);
    }
}
