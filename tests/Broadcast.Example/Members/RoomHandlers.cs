namespace Broadcast.Example;

/// <summary>Joining and leaving rooms.</summary>
internal static class RoomHandlers
{
    public static void MapRooms(this IEndpointRouteBuilder app)
    {
        app.On("join-room", async (JoinRoom asked, IConnection connection, Rooms rooms) =>
        {
            if (Person.Of(connection.Session) is not { } person)
            {
                return Errors.NotSignedIn;
            }

            await rooms.JoinAsync(connection, person, asked.Room);
            return new Fragment("#status", $"Joined room {asked.Room}");
        });
        app.On("leave-room", async (IConnection connection, Rooms rooms) =>
            await rooms.LeaveAsync(connection) ? new Fragment("#status", $"Left room") : new Fragment("#status", $"You are in no room", Swap.None));

        // Who breaks off has left as well.
        app.OnDisconnected((IConnection connection, Rooms rooms) => rooms.LeaveAsync(connection));
    }

    private sealed record JoinRoom(string Room);
}
