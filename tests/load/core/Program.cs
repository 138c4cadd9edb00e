using System.Globalization;
using Broadcast.Load;

// Broadcast.Load L|R|M|N [--json] [--repeat N]: the core without a network, see FanOut, ManyRooms and IdleRooms, ForSome and NearPlaces.
// M and N also take --clients N: 10,000, each of which is an open file, and 1,000,000. R also takes --default-rule (a minute of warm-up), and --busy-only for a profile without the idle rooms.
var repeat = Array.IndexOf(args, "--repeat") is var at and >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : 1;
var clients = Array.IndexOf(args, "--clients") is var place and >= 0 && place + 1 < args.Length ? int.Parse(args[place + 1], CultureInfo.InvariantCulture) : (int?)null;
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
    case "M":
        var members = clients ?? 10_000;
        await using (var some = await ForSome.StartAsync(members))
        {
            some.Run(measured, atOnce: 1);
            for (var i = 0; i < repeat; i++)
            {
                var (one, many) = (some.Run(measured, atOnce: 1), some.Run(measured, atOnce: 64));
                Console.WriteLine(json
                    ? $$"""{"scenario":"M","all_ms":{{one.All * 1e3:F3}},"some_ms":{{one.Some * 1e3:F3}},"all_at_once_ms":{{many.All * 1e3:F4}},"some_at_once_ms":{{many.Some * 1e3:F4}},"ratio":{{one.Some / one.All:F4}},"ratio_at_once":{{many.Some / many.All:F4}}}"""
                    : $"M: a publication takes {one.All * 1e3:F2} ms for {members} clients and {one.Some * 1e3:F3} ms for one percent of them, {one.Some / one.All:P1}; "
                        + $"64 at once {many.All * 1e3:F3} and {many.Some * 1e3:F3} ms each, {many.Some / many.All:P1}");
            }
        }

        break;
    case "N":
        await using (var node = new Node(loops: 1))
        {
            await node.ConnectAsync(1_024);
            var places = clients ?? 1_000_000;
            var near = NearPlaces.Of(places, node.Clients[0].Connection);
            near.Run(200);
            for (var i = 0; i < repeat; i++)
            {
                var (median, largest, all, most) = near.Run(1_000);
                Console.WriteLine(json
                    ? $$"""{"scenario":"N","median_ms":{{median:F4}},"largest_ms":{{largest:F4}},"all_ms":{{all:F2}},"most":{{most}},"bytes_each":{{near.BytesEach:F0}}}"""
                    : $"N: who of {places} is within 10 km is found in {median:F3} ms in a random city, in {largest:F3} in the largest, which has {most}; a look at all takes {all:F1} ms. "
                        + $"A place takes {near.BytesEach:F0} bytes.");
            }
        }

        break;
    default:
        Console.Error.WriteLine("Broadcast.Load L|R|M|N [--json] [--repeat N]");
        return 2;
}

return 0;
