namespace Broadcast.Core;

/// <summary>Where a client is, as far as the application knows.</summary>
/// <param name="Latitude">Degrees, −90 to 90.</param>
/// <param name="Longitude">Degrees, −180 to 180.</param>
public sealed record Location(double Latitude, double Longitude)
{
    /// <summary>False also for what is no number.</summary>
    internal bool IsOnEarth => Latitude is >= -90 and <= 90 && Longitude is >= -180 and <= 180;
}
