using System.Diagnostics;

namespace Broadcast.Load;

/// <summary>
/// N: who is within ten kilometres, of a million (or so many as are wanted) who are somewhere: in a thousand cities of very different size, each some ten kilometres wide. Asked of the index
/// itself, in the middle of random ones of them and of the largest one, and held against a look at all.
/// </summary>
internal sealed class NearPlaces
{
    private const int Cities = 1_000;
    private const double Metres = 10_000;

    private readonly List<Place> _places = [];
    private readonly List<Location> _cities = [];
    private readonly GeoIndex _index = new();
    private readonly Random _random = new(7);

    private NearPlaces()
    {
    }

    /// <summary>Bytes a client takes for being somewhere.</summary>
    public double BytesEach { get; private set; }

    public static NearPlaces Of(int count, Connection connection)
    {
        var near = new NearPlaces();
        for (var i = 0; i < Cities; i++)
        {
            near._cities.Add(new Location((near._random.NextDouble() * 120) - 60, (near._random.NextDouble() * 360) - 180));
        }

        near._places.Capacity = count;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < count; i++)
        {
            // The largest city has a hundred times what one in the middle of the list has.
            var city = near._cities[(int)(Math.Pow(near._random.NextDouble(), 3) * Cities)];
            var place = new Place(new Location(city.Latitude + near.Offset(), Math.Clamp(city.Longitude + near.Offset(), -180, 180)));
            near._places.Add(place);
            near._index.Replace(connection, null, place);
        }

        near.BytesEach = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / count;
        return near;
    }

    /// <returns>Milliseconds of the median and the slowest question, what a look at all takes, and how many the largest city has.</returns>
    public (double Median, double Worst, double All, int Largest) Run(int questions)
    {
        var times = new List<double>();
        for (var i = 0; i < questions; i++)
        {
            times.Add(Ask(_cities[i % 2 == 0 ? 0 : _random.Next(Cities)], out _));
        }

        Ask(_cities[0], out var largest);
        times.Sort();
        var circle = new Circle(_cities[0], Metres);
        var before = Stopwatch.GetTimestamp();
        var naive = _places.Count(p => circle.Contains(p.Vector));
        var all = Stopwatch.GetElapsedTime(before).TotalMilliseconds;
        return naive == largest
            ? (times[times.Count / 2], times[^1], all, largest)
            : throw new InvalidOperationException($"The index found {largest}, a look at all {naive}.");
    }

    private double Ask(Location centre, out int found)
    {
        var before = Stopwatch.GetTimestamp();
        found = _index.Within(new Circle(centre, Metres)).Count;
        return Stopwatch.GetElapsedTime(before).TotalMilliseconds;
    }

    /// <summary>Degrees; most are within a tenth of one.</summary>
    private double Offset() => (_random.NextDouble() + _random.NextDouble() + _random.NextDouble() - 1.5) * 0.15;
}
