using System.Globalization;
using Broadcast.Load;

// Broadcast.Load L|R [--json] [--repeat N]: the core without a network, see FanOut, ManyRooms and IdleRooms.
// R also takes --default-rule (a minute of warm-up), and --busy-only for a profile without the idle rooms.
var repeat = Array.IndexOf(args, "--repeat") is var at and >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : 1;
var json = args.Contains("--json");
var measured = TimeSpan.FromSeconds(2);
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
switch (args.FirstOrDefault())
{
    case "L":
        await using (var one = await FanOut.StartAsync(loops: 1))
        await using (var two = await FanOut.StartAsync(loops: 2))
        {
            one.Run(measured);
            two.Run(measured);
            for (var i = 0; i < repeat; i++)
            {
                var (ofOne, ofTwo) = (one.Run(measured), two.Run(measured));
                Console.WriteLine(json
                    ? $$"""{"scenario":"L","one":{{ofOne:F0}},"two":{{ofTwo:F0}},"ratio":{{ofTwo / ofOne:F3}}}"""
                    : $"L: {ofOne / 1e6:F2} million deliveries/s with one event loop, {ofTwo / 1e6:F2} with two: {ofTwo / ofOne:F2} times as many");
            }
        }

        break;
    case "R":
        var idle = args.Contains("--busy-only") ? default : await IdleRooms.MeasureAsync();
        await using (var rooms = await ManyRooms.StartAsync(byDefault: args.Contains("--default-rule")))
        {
            rooms.WarmUp();
            for (var i = 0; i < repeat; i++)
            {
                var (publications, oneByOne) = (rooms.Run(measured, ManyRooms.AtOnce), rooms.Run(measured, atOnce: 1));
                Console.WriteLine(json
                    ? $$"""{"scenario":"R","publications_per_cpu_s":{{publications:F0}},"one_by_one_per_cpu_s":{{oneByOne:F0}},"bytes_per_idle_room":{{idle.Fresh:F0}},"bytes_with_publication":{{idle.WithPublication:F0}},"bytes_aged_out":{{idle.AgedOut:F0}}}"""
                    : $"R: {publications / 1e3:F0} thousand publications per CPU-second, {oneByOne / 1e3:F0} one by one; "
                        + $"an idle room takes {idle.Fresh:F0} bytes, {idle.WithPublication:F0} with a publication of 100 bytes, {idle.AgedOut:F0} when it has gone");
            }
        }

        break;
    default:
        Console.Error.WriteLine("Broadcast.Load L|R [--json] [--repeat N]");
        return 2;
}

return 0;
