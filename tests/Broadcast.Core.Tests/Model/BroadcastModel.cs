using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Core.Tests.Model;

/// <summary>Random programs, each run on a node and judged. A failure is made small, and printed with its seed.</summary>
public static class BroadcastModel
{
    /// <summary>Enough that each of the seeded mutants is found many times over; <c>MODEL_PROGRAMS</c> asks for more.</summary>
    public static int Programs => int.Parse(Environment.GetEnvironmentVariable("MODEL_PROGRAMS") ?? "4000", CultureInfo.InvariantCulture);

    /// <summary>
    /// Where the programs begin. The same ones each time, so that a change is judged by itself; <c>MODEL_SEED=random</c> goes looking for
    /// others, and <c>MODEL_SEED=SEED,GAMMA</c> shows again what a failure printed.
    /// </summary>
    private static string Seed => Environment.GetEnvironmentVariable("MODEL_SEED") ?? "20261122,1123";

    public static void Check(int programs)
    {
        var config = Config.QuickThrowOnFailure.WithMaxTest(programs);
        if (Seed != "random")
        {
            var parts = Seed.Split(',').Select(p => ulong.Parse(p, CultureInfo.InvariantCulture)).ToArray();
            config = config.WithReplay(parts[0], parts[1]);
        }

        Prop.ForAll(Scenario.Any, ModelRun.Check).Check(config);
    }
}
