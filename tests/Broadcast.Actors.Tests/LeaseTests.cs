namespace Broadcast.Actors.Tests;

public sealed class LeaseTests
{
    [Fact]
    public void A_lease_that_outlasts_the_time_in_which_rooms_get_new_owners_is_refused_at_start()
    {
        var e = Assert.Throws<BackplaneException>(() => EngineConfig.Read(new AkkaOptions { Lease = TimeSpan.FromSeconds(5) }));
        Assert.Contains("Broadcast:Akka:Lease is 00:00:05", e.Message, StringComparison.Ordinal);
        Assert.NotNull(EngineConfig.Read(new AkkaOptions { Lease = TimeSpan.FromSeconds(4.9) }));
    }
}
