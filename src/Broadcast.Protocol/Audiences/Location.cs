namespace Broadcast.Protocol;

/// <summary>A place on the earth, as far as the application knows it.</summary>
/// <param name="Latitude">Degrees, −90 to 90.</param>
/// <param name="Longitude">Degrees, −180 to 180.</param>
public sealed record Location(double Latitude, double Longitude)
{
    /// <summary>False also for what is no number.</summary>
    internal bool IsOnEarth => Latitude is >= -90 and <= 90 && Longitude is >= -180 and <= 180;

    /// <summary>What is told to who gives one that is not on earth.</summary>
    internal string Refusal => FormattableString.Invariant(
        $"A location is a latitude from -90 to 90 and a longitude from -180 to 180; this one is {Latitude}, {Longitude}.");
}
