using System.Globalization;
using Broadcast.Load;
using Crowd = Broadcast.Load.Crowd;

// Broadcast.Load.Delivery LA [--clients N] [--json] [--repeat N]: one room's fan-out by shared event loops and by an actor for each client, in turn, see Crowd.
var clients = Option("--clients", 1_000);
var repeat = Option("--repeat", 1);
var json = args.Contains("--json");
var measured = TimeSpan.FromSeconds(2);
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.FirstOrDefault() != "LA")
{
    Console.Error.WriteLine("Broadcast.Load.Delivery LA [--clients N] [--json] [--repeat N]");
    return 2;
}

await using var loops = await Crowd.StartAsync(Delivery.Loops, clients);
await using var actors = await Crowd.StartAsync(Delivery.Actors, clients);
foreach (var crowd in (Crowd[])[loops, actors])
{
    crowd.Run(measured, atOnce: 64);
    crowd.Run(measured, atOnce: 1);
}

for (var i = 0; i < repeat; i++)
{
    var (ofLoops, ofActors) = (loops.Run(measured, atOnce: 64), actors.Run(measured, atOnce: 64));
    var (loopsOne, actorsOne) = (loops.Run(measured, atOnce: 1), actors.Run(measured, atOnce: 1));
    Console.WriteLine(json
        ? $$"""{"scenario":"LA","clients":{{clients}},"loops":{{ofLoops.PerCpuSecond:F0}},"actors":{{ofActors.PerCpuSecond:F0}},"loops_per_s":{{ofLoops.PerSecond:F0}},"actors_per_s":{{ofActors.PerSecond:F0}},"loops_one":{{loopsOne.PerCpuSecond:F0}},"actors_one":{{actorsOne.PerCpuSecond:F0}},"loops_bytes":{{loops.BytesPerClient:F0}},"actors_bytes":{{actors.BytesPerClient:F0}}}"""
        : $"LA, {clients} clients: {ofLoops.PerCpuSecond / 1e6:F2} million deliveries per CPU-second by loops, {ofActors.PerCpuSecond / 1e6:F2} by actors, 64 at once; "
            + $"{loopsOne.PerCpuSecond / 1e6:F2} and {actorsOne.PerCpuSecond / 1e6:F2} one by one; {loops.BytesPerClient:F0} and {actors.BytesPerClient:F0} bytes per client");
}

return 0;

int Option(string name, int otherwise) =>
    Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
