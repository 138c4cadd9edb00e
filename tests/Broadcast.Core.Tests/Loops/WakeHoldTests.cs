using Microsoft.Extensions.Logging.Abstractions;

namespace Broadcast.Core.Tests.Loops;

public sealed class WakeHoldTests
{
    [Fact]
    public async Task What_was_posted_to_any_loop_while_wake_ups_were_held_is_done_when_the_outermost_hold_ends()
    {
        await using var hub = NewHub();

        // Again and again, so that a loop is met asleep as well as awake.
        for (var round = 0; round < 100; round++)
        {
            Task[] done;
            using (WakeHold.Begin())
            {
                using (WakeHold.Begin())
                {
                    done = [.. hub.Loops.Select(loop => loop.PostAsync(() => { }))];
                }

                done = [.. done, .. hub.Loops.Select(loop => loop.PostAsync(() => { }))];
            }

            await Task.WhenAll(done).WaitAsync(TimeSpan.FromMinutes(2));
        }
    }

    [Fact]
    public async Task A_hold_keeps_nobody_elses_wake_ups()
    {
        await using var hub = NewHub();
        Task done;
        using (WakeHold.Begin())
        {
            var other = new Thread(() => hub.Loops[0].PostAsync(() => { }).Wait(TimeSpan.FromMinutes(2)));
            other.Start();
            Assert.True(other.Join(TimeSpan.FromMinutes(2)));
            done = hub.Loops[1].PostAsync(() => { });
        }

        await done.WaitAsync(TimeSpan.FromMinutes(2));
    }

    private static Hub NewHub()
    {
        var time = new ManualTime();
        var rule = new RoomRule();
        var backplane = new LocalBackplane(new LocalBackplaneOptions(), _ => rule, time);
        return new Hub(new HubOptions { EventLoops = 2 }, backplane, _ => rule, time, NullLogger<Hub>.Instance);
    }
}
