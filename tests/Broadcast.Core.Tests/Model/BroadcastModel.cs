using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Core.Tests.Model;

/// <summary>Random programs, each run on a node and judged. A failure is made small, and printed with its seed.</summary>
public static class BroadcastModel
{
    /// <summary>Enough that each of the seeded mutants is found many times over; <c>MODEL_PROGRAMS</c> asks for more.</summary>
    public static int Programs => int.Parse(Environment.GetEnvironmentVariable("MODEL_PROGRAMS") ?? "4000", CultureInfo.InvariantCulture);

    public static void Check(int programs) =>
        Prop.ForAll(Scenario.Any, ModelRun.Check).Check(Config.QuickThrowOnFailure.WithMaxTest(programs));
}
