using System.Text;

namespace Broadcast.Core.Tests.Rooms;

public sealed class RoomLogRaceTests
{
    [Fact]
    [Trait("row", "S1.14")]
    public async Task A_place_is_found_right_behind_a_position_or_not_at_all_while_the_window_moves_on()
    {
        const int Publications = 200_000;
        const int Window = 64;
        var rule = new RoomRule { Window = new Bounds { MaxCount = Window } };
        var log = new RoomLog(rule, new MemoryBudget(long.MaxValue), TimeProvider.System);
        var publication = new Publication(Encoding.UTF8.GetBytes("x"), ContentKind.Text);
        log.Start(new StreamPosition("epoch", 0));
        var appending = Task.Run(() =>
        {
            for (ulong offset = 1; offset <= Publications; offset++)
            {
                log.Append(publication, new StreamPosition("epoch", offset));
            }
        });

        // At the window's old end, where entries go while they are looked for.
        while (!appending.IsCompleted)
        {
            var newest = log.Position;
            if (newest.Offset <= Window)
            {
                continue;
            }

            var after = newest with { Offset = newest.Offset - Window };
            if (log.TryFind(after, out var cursor) && log.TryRead(cursor) is { } found)
            {
                Assert.Equal(after.Offset + 1, found.Position.Offset);
            }
        }

        await appending;
    }
}
