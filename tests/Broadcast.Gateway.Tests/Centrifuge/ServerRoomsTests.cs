using System.Text.Json;

namespace Broadcast.Gateway.Tests.Centrifuge;

/// <summary>Rooms that a token's <c>channels</c> name.</summary>
public sealed class ServerRoomsTests
{
    [Fact, Trait("row", "S5.9")]
    public async Task Names_that_are_no_rooms_or_closed_or_come_twice_do_no_harm()
    {
        await using var node = await IdentityNode.StartAsync(IdentityNode.OpenToSignedIn("Token").Where(s => s.Key != "Broadcast:Operators").ToDictionary());

        var subs = await SubsAsync(node, ["news", "", "no room", "news", "news*", "*", new string('x', 256), "sport"]);

        Assert.Equal(["news", "sport"], subs);
    }

    [Fact, Trait("row", "S5.9")]
    public async Task There_are_no_more_of_them_than_a_client_may_be_in()
    {
        await using var node = await IdentityNode.StartAsync(new(IdentityNode.OpenToSignedIn()) { ["Broadcast:MaxRooms"] = "3" });

        var subs = await SubsAsync(node, ["a", "b", "c", "d", "e"]);

        Assert.Equal(["a", "b", "c"], subs);
    }

    private static async Task<IEnumerable<string>> SubsAsync(IdentityNode node, string[] channels)
    {
        var socket = await node.SocketAsync("/connection/websocket");
        var answer = await IdentityNode.AskAsync(socket, JsonSerializer.Serialize(new { id = 1, connect = new { token = SignedToken.Of("ann", channels) } }));
        return answer.GetProperty("connect").GetProperty("subs").EnumerateObject().Select(s => s.Name).Order(StringComparer.Ordinal);
    }
}
