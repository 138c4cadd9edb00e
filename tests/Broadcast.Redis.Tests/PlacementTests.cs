namespace Broadcast.Redis.Tests;

public sealed class PlacementTests
{
    private static readonly string[] s_servers = ["a:6379", "b:6379", "c:6379", "d:6379"];

    private static readonly string[] s_rooms = [.. Enumerable.Range(0, 10_000).Select(i => $"room:{i}")];

    [Fact]
    public void The_order_of_the_servers_does_not_matter()
    {
        var (one, other) = (new Placement(s_servers), new Placement([.. s_servers.Reverse()]));

        Assert.All(s_rooms, room => Assert.Equal(s_servers[one.Of(room)], s_servers.Reverse().ElementAt(other.Of(room))));
    }

    [Fact]
    public void Rooms_are_spread_evenly()
    {
        var placement = new Placement(s_servers);

        Assert.All(s_rooms.CountBy(placement.Of), share => Assert.InRange(share.Value, 2_300, 2_700));
    }

    [Fact]
    public void Only_the_rooms_of_a_server_that_goes_move()
    {
        var (before, after) = (new Placement(s_servers), new Placement(s_servers[..3]));

        Assert.All(s_rooms.Where(room => before.Of(room) < 3), room => Assert.Equal(before.Of(room), after.Of(room)));
    }

    /// <summary>Nodes of different versions must agree, so this may not change.</summary>
    [Fact]
    public void A_room_is_where_it_always_was()
    {
        var placement = new Placement(s_servers);

        Assert.Equal("3032", string.Concat(s_rooms.Take(4).Select(placement.Of)));
    }
}
