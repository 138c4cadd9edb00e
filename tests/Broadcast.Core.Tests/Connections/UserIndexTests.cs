namespace Broadcast.Core.Tests.Connections;

public sealed class UserIndexTests
{
    [Fact]
    public void Connections_are_found_by_their_user_from_the_first_to_the_last()
    {
        using var node = new TestNode(loops: 2);
        var clients = Enumerable.Range(0, 4).Select(_ => node.Connect(user: "ann")).ToArray();
        node.Connect(user: "bob");
        node.Connect();
        node.Settle();
        Assert.Equal(4, node.Hub.Connections.Users.Count("ann"));
        Assert.Equal(clients.Select(c => c.Id).Order(), node.Hub.Connections.Users.Of("ann").Select(c => c.Id).Order());
        Assert.Equal((1, 0, 0), (node.Hub.Connections.Users.Count("bob"), node.Hub.Connections.Users.Count(""), node.Hub.Connections.Users.Count("eve")));

        foreach (var client in clients)
        {
            client.Connection.PostClose(Disconnect.Normal);
        }

        node.Settle();
        Assert.Equal((0, 1), (node.Hub.Connections.Users.Count("ann"), node.Hub.Connections.Users.Count("bob")));
        Assert.Empty(node.Hub.Connections.Users.Of("ann"));
    }

    [Fact]
    public void Who_says_later_who_it_is_is_found_from_then_on_and_not_once_it_has_gone()
    {
        using var node = new TestNode();
        var client = node.Connect();
        client.Connection.PostAction(c => c.Identify("ann", null, null));
        node.Settle();
        Assert.Equal(1, node.Hub.Connections.Users.Count("ann"));

        client.Connection.PostAction(c => c.Identify("bob", null, null));
        node.Settle();
        Assert.Equal((0, 1), (node.Hub.Connections.Users.Count("ann"), node.Hub.Connections.Users.Count("bob")));

        client.Connection.PostTransportEnded(Disconnect.GoingAway);
        client.Connection.PostAction(c => c.Identify("eve", null, null));
        node.Settle();
        Assert.Equal((0, 0), (node.Hub.Connections.Users.Count("bob"), node.Hub.Connections.Users.Count("eve")));
    }
}
