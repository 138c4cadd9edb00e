using FsCheck;
using FsCheck.Fluent;

namespace Broadcast.Core.Tests.Audiences;

/// <summary>What the index finds is what looking at every connection finds.</summary>
public sealed class GeoIndexTests : IDisposable
{
    private const double EarthRadius = 6_371_008.8;

    private readonly TestNode _node = new();

    private static Gen<double> Anywhere(double limit) => Gen.Choose(-1_000_000, 1_000_000).Select(n => n / 1_000_000.0 * limit);

    /// <summary>Much of it where cases could be forgotten: at the poles, on both sides of the ±180° meridian, and on one spot.</summary>
    private static Gen<Location> Places => Gen.Frequency(
        (4, from latitude in Anywhere(90) from longitude in Anywhere(180) select new Location(latitude, longitude)),
        (2, from latitude in Anywhere(90) from side in Gen.Elements(-180.0, 180, -179.99, 179.99) select new Location(latitude, side)),
        (2, from pole in Gen.Elements(-90.0, 90, -89.999, 89.999) from longitude in Anywhere(180) select new Location(pole, longitude)),
        (2, from latitude in Anywhere(0.2) from longitude in Anywhere(0.2) select new Location(52.5 + latitude, 13.4 + longitude)),
        (1, Gen.Constant(new Location(52.5, 13.4))));

    private static Gen<double> Radii => Gen.Elements(1.0, 500, 10_000, 100_000, 1_500_000, 9_000_000, 19_000_000, 20_015_086, 21_000_000);

    public void Dispose() => _node.Dispose();

    [Fact, Trait("row", "S2.27")]
    public void The_index_finds_whom_a_look_at_all_finds_after_any_moves()
    {
        var cases =
            from places in Places.ListOf(300)
            from moved in Places.ListOf(100)
            from centre in Places
            from metres in Radii
            select (Places: places.ToArray(), Moved: moved.ToArray(), centre, metres);

        var connection = _node.Connect().Connection;
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var index = new GeoIndex();
            var here = c.Places.Select(p => (At: p, Place: new Place(p))).ToList();
            here.ForEach(h => index.Replace(connection, null, h.Place));
            for (var i = 0; i < c.Moved.Length; i++)
            {
                var moved = (At: c.Moved[i], Place: new Place(c.Moved[i]));
                index.Replace(connection, here[i * 2].Place, i % 3 == 0 ? null : moved.Place);
                here[i * 2] = i % 3 == 0 ? (null!, null!) : moved;
            }

            here.RemoveAll(h => h.At is null);
            var distances = here.Select(h => Distance(h.At, c.centre)).ToArray();
            var found = index.Within(new Circle(c.centre, c.metres)).Count;

            // Who is that near to the edge, the other formula may see on its other side: near the antipode, by decimetres.
            var near = c.metres > 19_500_000 ? 2 : 1e-3;
            Assert.InRange(found, distances.Count(d => d <= c.metres - near), distances.Count(d => d <= c.metres + near));
            here.ForEach(h => index.Replace(connection, h.Place, null));
            Assert.Equal(1, index.CellCount);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Many_on_one_spot_are_found_and_go_again()
    {
        var (index, connection) = (new GeoIndex(), _node.Connect().Connection);
        var places = Enumerable.Range(0, 1_000).Select(_ => new Place(new Location(52.5, 13.4))).ToArray();
        foreach (var place in places)
        {
            index.Replace(connection, null, place);
        }

        Assert.Equal(1_000, index.Within(new Circle(new Location(52.5, 13.4), 1)).Count);
        Assert.InRange(index.CellCount, 2, 30);
        foreach (var place in places.Reverse().Where((_, i) => i % 2 == 0).Concat(places.Reverse().Where((_, i) => i % 2 == 1)))
        {
            index.Replace(connection, place, null);
        }

        Assert.Equal(1, index.CellCount);
    }

    [Fact, Trait("row", "S2.27"), Trait("row", "S2.28")]
    public void Connections_are_found_by_where_they_are_now_and_who_is_nowhere_is_not()
    {
        var (near, far, nowhere) = (_node.Connect(), _node.Connect(), _node.Connect());
        _node.Settle();
        near.Connection.UpdateSession(s => s with { Location = new Location(52.5, 13.4) });
        far.Connection.UpdateSession(s => s with { Location = new Location(48.1, 11.6) });

        Assert.Equal([near.Id], Ids(10_000));
        Assert.Equal(new[] { near.Id, far.Id }.Order(), Ids(1_000_000).Order());

        far.Connection.UpdateSession(s => s with { Location = new Location(52.51, 13.41) });
        near.Connection.UpdateSession(s => s with { Location = null });
        nowhere.Connection.UpdateSession(s => s.With("a", 1));
        Assert.Equal([far.Id], Ids(10_000));

        far.Connection.PostTransportEnded(Disconnect.GoingAway);
        _node.Settle();
        far.Connection.UpdateSession(s => s with { Location = new Location(52.5, 13.4) });
        Assert.Empty(Ids(1_000_000_000));
    }

    [Fact]
    public void A_circle_that_there_is_not_is_refused_in_one_sentence()
    {
        Assert.Equal(
            "A radius is a positive number of metres; this one is NaN.",
            Assert.Throws<ArgumentException>(() => _node.Hub.Connections.Within(new Location(0, 0), double.NaN)).Message);
        Assert.StartsWith(
            "A location is a latitude",
            Assert.Throws<ArgumentException>(() => _node.Hub.Connections.Within(new Location(0, 181), 1)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Vincenty's formula for the sphere, which is good at every distance.</summary>
    private static double Distance(Location a, Location b)
    {
        var (sin1, cos1) = Math.SinCos(double.DegreesToRadians(a.Latitude));
        var (sin2, cos2) = Math.SinCos(double.DegreesToRadians(b.Latitude));
        var (sin, cos) = Math.SinCos(double.DegreesToRadians(b.Longitude - a.Longitude));
        var (across, along) = (cos2 * sin, (cos1 * sin2) - (sin1 * cos2 * cos));
        return EarthRadius * Math.Atan2(Math.Sqrt((across * across) + (along * along)), (sin1 * sin2) + (cos1 * cos2 * cos));
    }

    private IEnumerable<string> Ids(double metres) => _node.Hub.Connections.Find(ConnectionQuery.Within(new Location(52.5, 13.4), metres)).Select(c => c.Id);
}
