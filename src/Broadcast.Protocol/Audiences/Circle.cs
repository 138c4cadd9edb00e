namespace Broadcast.Protocol;

/// <summary>
/// What lies within some metres of a place, along the great circle on a sphere with the earth's mean radius. Exactly at the radius is inside. Two points
/// are that near if the straight line between them is no longer than the circle's chord, which needs no trigonometry for each point.
/// </summary>
internal sealed class Circle
{
    /// <summary>Metres; the mean radius R1 of the IUGG.</summary>
    public const double EarthRadius = 6_371_008.8;

    /// <summary>Of the chord, since neither end of the line is exact: some 25 nanometres, and near the other side of the earth less than a metre.</summary>
    private const double Tolerance = 4e-15;

    private readonly UnitVector _centre;
    private readonly double _limit;

    public Circle(Location centre, double metres)
    {
        (Centre, Metres, _centre) = (centre, metres, UnitVector.Of(centre));
        var angle = metres / EarthRadius;
        var chord = (2 * Math.Sin(angle / 2)) + Tolerance;
        _limit = angle < Math.PI ? chord * chord : double.PositiveInfinity;
    }

    public Location Centre { get; }

    public double Metres { get; }

    /// <returns>Null, or why there is no such circle, in one sentence.</returns>
    public static string? Refusal(Location centre, double metres) =>
        !centre.IsOnEarth ? centre.Refusal
        : !double.IsFinite(metres) || metres <= 0 ? FormattableString.Invariant($"A radius is a positive number of metres; this one is {metres}.")
        : null;

    public bool Contains(in UnitVector point)
    {
        var (x, y, z) = (point.X - _centre.X, point.Y - _centre.Y, point.Z - _centre.Z);
        return (x * x) + (y * y) + (z * z) <= _limit;
    }

    /// <summary>Whether a cube, given by its middle and half its edge, may have a point of the circle.</summary>
    public bool Touches(in UnitVector middle, double half)
    {
        var (x, y, z) = (Beyond(middle.X - _centre.X, half), Beyond(middle.Y - _centre.Y, half), Beyond(middle.Z - _centre.Z, half));
        return (x * x) + (y * y) + (z * z) <= _limit;
    }

    /// <summary>Whether all of such a cube is inside.</summary>
    public bool Covers(in UnitVector middle, double half)
    {
        var (x, y, z) = (Math.Abs(middle.X - _centre.X) + half, Math.Abs(middle.Y - _centre.Y) + half, Math.Abs(middle.Z - _centre.Z) + half);
        return (x * x) + (y * y) + (z * z) <= _limit;
    }

    private static double Beyond(double distance, double half) => Math.Max(0, Math.Abs(distance) - half);
}
