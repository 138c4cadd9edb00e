using Microsoft.AspNetCore.Http;

namespace Broadcast.Gateway;

/// <summary>
/// Makes "connected" a promise: where a client wants to begin at the newest, that position is taken before it is answered, so that
/// nothing published after the answer is missed.
/// </summary>
internal static class Joining
{
    /// <returns>Where to begin in each room, or why it cannot be said now.</returns>
    public static async ValueTask<Refusal?> FixAsync(Hub hub, IReadOnlyList<string> rooms, JoinAt[] at, CancellationToken cancellation)
    {
        try
        {
            for (var i = 0; i < rooms.Count; i++)
            {
                if (at[i] == JoinAt.Now)
                {
                    at[i] = JoinAt.After(await hub.PositionAsync(rooms[i], cancellation));
                }
            }

            return null;
        }
        catch (BackplaneException e)
        {
            return new Refusal(StatusCodes.Status503ServiceUnavailable, ErrorCode.Internal, e.Message) { RetryAfter = 1 };
        }
    }
}
