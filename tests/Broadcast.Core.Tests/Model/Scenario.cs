using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Core.Tests.Model;

/// <summary>A node's rooms, and what happens to it.</summary>
/// <param name="Budget">Bytes of all windows; small ones evict.</param>
public sealed record Scenario(int Loops, RoomSetup[] Rooms, long Budget, bool HandsOver, Step[] Steps)
{
    public const int Clients = 4;

    private static readonly (int Weight, Do Do)[] Weights =
    [
        (16, Do.Turn), (6, Do.TurnAll), (18, Do.Publish), (1, Do.PublishRefused), (1, Do.Notify),
        (8, Do.HandOver), (2, Do.Repeat), (2, Do.Lose),
        (12, Do.Join), (3, Do.Leave), (2, Do.Pause), (3, Do.Resume),
        (8, Do.Block), (5, Do.FinishRest), (3, Do.Unblock), (1, Do.Break), (4, Do.PublishDuringSend), (4, Do.PublishDuringCollecting),
        (1, Do.Reply), (1, Do.CloseFromNode), (1, Do.EndFromClient),
        (3, Do.Hold), (3, Do.LetGo), (5, Do.Answer), (3, Do.AnswerAsOfCall), (2, Do.Fail),
        (5, Do.Pass), (1, Do.Restart), (1, Do.SayMayHaveLost),
    ];

    public static readonly Arbitrary<Scenario> Any = Arb.From(Generate(), Shrink);

    public override string ToString() =>
        $"{Loops} loops, budget {Budget}, hands over {(HandsOver ? "at once" : "in steps")}\n"
        + string.Concat(Rooms.Select((room, i) => $"room {i}: {room}\n"))
        + string.Concat(Steps.Select((step, i) => $"{i,3} {step}\n"));

    private static Gen<Scenario> Generate()
    {
        var rooms =
            from rule in Gen.Elements(Enum.GetValues<FallingBehind>())
            from behind in Gen.Choose(1, 6)
            from window in Gen.Choose(1, 8)
            from history in Gen.Frequency((3, Gen.Constant(1_000)), (1, Gen.Choose(1, 20)))
            from age in Gen.Frequency((4, Gen.Constant(3_600)), (1, Gen.Choose(1, 5)))
            from joinLeave in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
            select new RoomSetup(rule, behind, window, history, age, joinLeave);
        var step =
            from what in Gen.Frequency(Weights.Select(w => (w.Weight, Gen.Constant(w.Do))))
            from client in Gen.Choose(0, Clients - 1)
            from room in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 2)))
            from number in Gen.Choose(0, 99)
            select new Step(what, client, room, number);
        return
            from loops in Gen.Choose(1, 2)
            from three in rooms.ArrayOf(3)
            from budget in Gen.Frequency((5, Gen.Constant(1L << 28)), (1, Gen.Choose(500, 4_000).Select(b => (long)b)))
            from handsOver in Gen.Elements(true, false)
            from length in Gen.Choose(10, 90)
            from steps in step.ArrayOf(length)
            select new Scenario(loops, three, budget, handsOver, steps);
    }

    /// <summary>Leaves out halves, quarters, … and single steps; then makes things plain.</summary>
    private static IEnumerable<Scenario> Shrink(Scenario scenario)
    {
        var steps = scenario.Steps;
        for (var size = Math.Max(1, steps.Length / 2); size > 0 && steps.Length > 0; size /= 2)
        {
            for (var at = 0; at < steps.Length; at += size)
            {
                yield return scenario with { Steps = [.. steps[..at], .. steps[Math.Min(steps.Length, at + size)..]] };
            }
        }

        if (scenario.Loops > 1)
        {
            yield return scenario with { Loops = 1 };
        }

        if (!scenario.HandsOver)
        {
            yield return scenario with { HandsOver = true };
        }

        for (var i = 0; i < scenario.Rooms.Length; i++)
        {
            var room = scenario.Rooms[i];
            var plain = new RoomSetup(FallingBehind.Resync, room.MaxBehind, 8, 1_000, 3_600, false);
            foreach (var simpler in new[]
                { plain, room with { JoinLeave = false }, room with { MaxAge = 3_600 }, room with { History = 1_000 }, room with { Window = 8 } })
            {
                if (simpler != room)
                {
                    var rooms = scenario.Rooms.ToArray();
                    rooms[i] = simpler;
                    yield return scenario with { Rooms = rooms };
                }
            }
        }

        for (var i = 0; i < steps.Length; i++)
        {
            foreach (var simpler in new[] { steps[i] with { Client = 0 }, steps[i] with { Room = 0 }, steps[i] with { Number = 0 } })
            {
                if (simpler != steps[i])
                {
                    var changed = steps.ToArray();
                    changed[i] = simpler;
                    yield return scenario with { Steps = changed };
                }
            }
        }
    }
}
