namespace Broadcast.Core.Tests.Nodes;

/// <summary>The node puts clients into rooms they did not ask for.</summary>
public sealed class JoiningByTheNodeTests
{
    [Fact, Trait("row", "S2.41")]
    public async Task Who_is_told_to_be_in_gets_all_from_then_on_however_long_the_room_takes_to_open()
    {
        using var node = new TestNode();
        var client = node.Connect();
        node.Settle();
        node.Backplane.Hold(BackplaneCall.Subscribe);

        var joining = new LocalClients(node.Hub).JoinAsync(new JoinRequest(ClientTarget.OfClient(client.Id), "r"));
        SpinWait.SpinUntil(() =>
        {
            node.Settle();
            return joining.IsCompleted;
        });
        Assert.Equal(new JoinCount(1, 0, null), await joining);
        node.Publish("r", "1");
        node.Backplane.AnswerWaiting();
        node.Settle();

        Assert.Equal(["1"], client.Publications("r"));
    }

    [Fact, Trait("row", "S2.41")]
    public async Task Nobody_is_put_into_a_room_of_which_nobody_can_say_where_it_stands()
    {
        using var node = new TestNode();
        var client = node.Connect();
        node.Settle();
        node.Backplane.Hold(BackplaneCall.Read);

        var joining = new LocalClients(node.Hub).JoinAsync(new JoinRequest(ClientTarget.OfClient(client.Id), "r"));
        node.Backplane.FailWaiting();

        Assert.Equal(new JoinCount(0, 1, "The test says no."), await joining);
        Assert.Empty(client.Connection.Subscriptions);
    }

    [Fact, Trait("row", "S2.41")]
    public async Task A_node_that_has_none_of_them_asks_nobody_about_the_room()
    {
        using var node = new TestNode();

        var joining = new LocalClients(node.Hub).JoinAsync(new JoinRequest(ClientTarget.OfUser("ann"), "r"));

        Assert.Equal(new JoinCount(0, 0, null), await joining);
        Assert.Equal(0, node.Backplane.Reads);
    }
}
