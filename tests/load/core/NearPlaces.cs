using System.Diagnostics;

namespace Broadcast.Load;

/// <summary>
/// N: who is within ten kilometres, of a million (or so many as are wanted) who are somewhere: in a thousand cities of very different size, each some ten kilometres
/// wide. Asked of the index itself, in the middle of random ones of them and, apart, of the largest one, and held against a look at all.
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

    /// <returns>Milliseconds: the medians of random cities and of the largest one, and what a look at all takes; and how many are in the largest circle.</returns>
    public (double Random, double Largest, double All, int Most) Run(int questions)
    {
        var (random, largest, most) = (new List<double>(), new List<double>(), 0);
        for (var i = 0; i < questions; i++)
        {
            random.Add(Ask(_cities[_random.Next(Cities)], out _));
            if (i % 10 == 0)
            {
                largest.Add(Ask(_cities[0], out most));
            }
        }

        random.Sort();
        largest.Sort();
        var circle = new Circle(_cities[0], Metres);
        var before = Stopwatch.GetTimestamp();
        var naive = _places.Count(p => circle.Contains(p.Vector));
        var all = Stopwatch.GetElapsedTime(before).TotalMilliseconds;
        return naive == most
            ? (random[random.Count / 2], largest[largest.Count / 2], all, most)
            : throw new InvalidOperationException($"The index found {most}, a look at all {naive}.");
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
