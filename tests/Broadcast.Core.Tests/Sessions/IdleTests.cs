namespace Broadcast.Core.Tests.Sessions;

/// <summary>Clients from which nothing comes are closed, at the next check and not before.</summary>
public sealed class IdleTests
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    [Fact, Trait("row", "S2.45")]
    public void A_client_from_which_nothing_came_for_half_an_hour_is_closed_at_the_next_check()
    {
        using var node = NodeWith(new IdleOptions());
        node.Pass(2 * s_minute);
        var client = node.Connect(TestDialect.Ponging);

        node.Pass(32 * s_minute);
        Assert.Null(client.Ended);

        node.Pass(2 * s_minute);
        Assert.Equal(Disconnect.Idle, client.Ended);
    }

    [Fact, Trait("row", "S2.46")]
    public void Whatever_comes_from_a_client_keeps_it_and_one_that_has_just_come_stays()
    {
        using var node = NodeWith(new IdleOptions());
        var (silent, active) = (node.Connect(TestDialect.Ponging), node.Connect(TestDialect.Ponging));
        node.Pass(20 * s_minute);
        active.Connection.SignOfLife();
        node.Pass(9 * s_minute);
        var late = node.Connect(TestDialect.Ponging);

        node.Pass(7 * s_minute);

        Assert.Equal((Disconnect.Idle, null, null), (silent.Ended, active.Ended, late.Ended));
    }

    [Fact, Trait("row", "S2.45")]
    public void Clients_that_only_listen_stay_unless_the_settings_say_otherwise()
    {
        using var node = NodeWith(new IdleOptions());
        using var strict = NodeWith(new IdleOptions { Listeners = true, Timeout = 2 * s_minute, Check = s_minute });
        var (stays, goes) = (node.Connect(TestDialect.Full), strict.Connect(TestDialect.Full));

        node.Pass(60 * s_minute);
        strict.Pass(4 * s_minute);

        Assert.Null(stays.Ended);
        Assert.Equal(Disconnect.Idle, goes.Ended);
    }

    [Fact, Trait("row", "S2.45")]
    public void Without_a_limit_nobody_is_closed()
    {
        using var node = NodeWith(new IdleOptions { Timeout = TimeSpan.Zero, Listeners = true });
        var client = node.Connect(TestDialect.Full);

        node.Pass(60 * s_minute);

        Assert.Null(client.Ended);
    }

    private static TestNode NodeWith(IdleOptions idle) => new(options: new HubOptions
    {
        Idle = idle,
        Connections = new ConnectionOptions { Heartbeat = TimeSpan.FromHours(2) },
    });
}
