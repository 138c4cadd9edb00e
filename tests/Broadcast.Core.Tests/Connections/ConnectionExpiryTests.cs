namespace Broadcast.Core.Tests;

public sealed class ConnectionExpiryTests : IDisposable
{
    private readonly TestNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void A_connection_ends_with_3005_within_a_second_after_it_expired_and_not_before()
    {
        var client = _node.Join("news");
        ExpireIn(client, TimeSpan.FromSeconds(5));

        _node.Pass(TimeSpan.FromSeconds(4));
        Assert.Null(client.Ended);

        _node.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(Disconnect.ConnectionExpired, client.Ended);
        Assert.True(client.Transport.IsCompleted);
        Assert.Empty(client.Transport.Breaches);
    }

    [Fact]
    public void A_connection_without_an_end_stays()
    {
        var client = _node.Join("news", dialect: TestDialect.Full);

        _node.Pass(TimeSpan.FromSeconds(20));

        Assert.Null(client.Ended);
    }

    [Fact]
    public void An_end_that_is_put_off_counts_from_then_on()
    {
        var client = _node.Join("news");
        ExpireIn(client, TimeSpan.FromSeconds(3));
        _node.Pass(TimeSpan.FromSeconds(2));

        ExpireIn(client, TimeSpan.FromSeconds(8));
        _node.Pass(TimeSpan.FromSeconds(7));
        Assert.Null(client.Ended);

        _node.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(Disconnect.ConnectionExpired, client.Ended);
    }

    [Fact]
    public void A_parked_client_whose_time_is_over_is_reset_since_it_cannot_be_told()
    {
        var client = _node.Join("news");
        client.Transport.Capacity = 1;
        _node.Publish("news", "more than one byte");
        _node.Settle();
        Assert.True(client.Connection.IsParked);
        ExpireIn(client, TimeSpan.FromSeconds(1));

        _node.Pass(TimeSpan.FromSeconds(2));

        Assert.True(client.Transport.IsAborted);
    }

    private void ExpireIn(TestClient client, TimeSpan time)
    {
        var end = _node.Time.GetUtcNow() + time;
        client.Connection.PostAction(c => c.ExpiresAt = end);
        _node.Settle();
    }
}
