using System.Globalization;
using Broadcast.Load;

// Broadcast.Load.Backplanes P|T [--json] [--repeat N]: backplanes without clients, see Rates; a publication's way from node to node, see Journeys.
var repeat = Array.IndexOf(args, "--repeat") is var at and >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : 1;
var json = args.Contains("--json");
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args.FirstOrDefault())
{
    case "P":
        await using (var rates = await Rates.StartAsync())
        {
            await rates.RunAsync();
            for (var i = 0; i < repeat; i++)
            {
                var r = await rates.RunAsync();
                Console.WriteLine(json
                    ? $$"""{"scenario":"P","memory":{{r.Memory:F0}},"sqlite":{{r.Sqlite:F0}},"sqlite_process":{{r.SqliteProcess:F0}},"redis":{{r.Redis:F0}},"script":{{r.Script:F0}}}"""
                    : $"P: {r.Memory / 1e3:F1} thousand publications/s in memory, {r.Sqlite / 1e3:F1} in SQLite ({r.SqliteProcess / 1e3:F1} not waiting for the disk), "
                        + $"{r.Redis / 1e3:F1} in Redis, where the script alone reaches {r.Script / 1e3:F1}");
            }
        }

        break;
    case "T":
        await using (var journeys = await Journeys.StartAsync())
        {
            await journeys.RunAsync();
            for (var i = 0; i < repeat; i++)
            {
                var (ours, bare) = await journeys.RunAsync();
                Console.WriteLine(json
                    ? $$"""{"scenario":"T","ours_us":{{ours:F1}},"bare_us":{{bare:F1}}}"""
                    : $"T: {ours:F0} µs from node to node, {bare:F0} µs for a bare message through Redis (medians): {ours / bare:F2} times");
            }
        }

        break;
    default:
        Console.Error.WriteLine("Broadcast.Load.Backplanes P|T [--json] [--repeat N]");
        return 2;
}

return 0;
