namespace Broadcast.Example;

/// <summary>Who is in which room. A person is in one at a time, and the others there are told who comes and goes.</summary>
internal sealed class Rooms(People people, IBroadcaster broadcaster)
{
    public async Task JoinAsync(IConnection connection, Person person, string room)
    {
        await LeaveAsync(connection);
        await connection.JoinAsync(room);
        connection.UpdateSession(s => s.With(Person.RoomName, room));
        await TellOthersAsync(connection, room, $"{person.Name} joined the room");
    }

    /// <summary>Does nothing for who is in no room; also for who has just gone.</summary>
    /// <returns>Whether it was in one.</returns>
    public async Task<bool> LeaveAsync(IConnection connection)
    {
        if (connection.Session.Attributes[Person.RoomName]?.Text is not { } room)
        {
            return false;
        }

        connection.UpdateSession(s => s.Without(Person.RoomName));
        await connection.LeaveAsync(room);
        await TellOthersAsync(connection, room, $"{Person.Of(connection.Session)?.Name} left the room");
        return true;
    }

    private async Task TellOthersAsync(IConnection self, string room, Html what)
    {
        var notice = new Fragment("#room-notices", $"<p>{what}</p>", Swap.BeforeEnd);
        foreach (var other in await people.FindAsync(Person.RoomName, room))
        {
            if (other.Client != self.Id)
            {
                await broadcaster.SendAsync(other.Client, notice);
            }
        }
    }
}
