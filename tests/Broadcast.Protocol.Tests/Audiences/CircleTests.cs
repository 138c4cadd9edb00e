namespace Broadcast.Protocol.Tests.Audiences;

public sealed class CircleTests
{
    private static readonly Location s_berlin = new(52.5, 13.4);

    /// <summary>Metres of a degree of a great circle.</summary>
    private const double Degree = Math.PI * Circle.EarthRadius / 180;

    public static TheoryData<double, double, double, double, double> Distances => new()
    {
        // From, to, metres.
        { 0, 0, 0, 1, Degree },
        { 0, 179.5, 0, -179.5, Degree },
        { 10, 180, 10, -180, 1e-3 },
        { 89.5, 0, 89.5, 180, Degree },
        { 90, 17, 89, -120, Degree },
        { -90, 0, -89, 77, Degree },
        { 0, 0, 0, 90, 90 * Degree },
        { 52.5, 13.4, 52.5 + (10_000 / Degree), 13.4, 10_000 },
        { 52.5, 13.4, 52.5, 13.4, 1e-3 },
        { 45, 45, 44, 45, Degree },
    };

    [Theory, Trait("row", "S2.27")]
    [MemberData(nameof(Distances))]
    public void Exactly_at_the_radius_is_inside_and_a_millimetre_more_is_not(double latitude, double longitude, double toLatitude, double toLongitude, double metres)
    {
        var (centre, point) = (new Location(latitude, longitude), UnitVector.Of(new Location(toLatitude, toLongitude)));

        Assert.True(new Circle(centre, metres).Contains(point));
        if (metres > 1)
        {
            Assert.False(new Circle(centre, metres - 1e-3).Contains(point));
        }
    }

    [Fact, Trait("row", "S2.27")]
    public void Half_the_way_round_is_everywhere()
    {
        var antipode = UnitVector.Of(new Location(-52.5, -166.6));

        Assert.True(new Circle(s_berlin, Math.PI * Circle.EarthRadius).Contains(antipode));
        Assert.True(new Circle(s_berlin, 1e12).Contains(antipode));
        Assert.False(new Circle(s_berlin, (Math.PI * Circle.EarthRadius) - 10).Contains(antipode));
    }
}
