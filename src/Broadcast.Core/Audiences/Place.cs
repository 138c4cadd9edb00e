namespace Broadcast.Core;

/// <summary>
/// Where a connection is, as audiences and <see cref="GeoIndex"/> compare it; of each location of a connection its own. The vector is fixed; what says where it
/// stands in the index belongs to the index, and so to the lock of <see cref="ConnectionRegistry"/>.
/// </summary>
internal sealed class Place(Location location)
{
    public UnitVector Vector { get; } = UnitVector.Of(location);

    /// <summary>Null while it is not in the index.</summary>
    public GeoCell? Cell { get; set; }

    /// <summary>Which of its cell's places it is.</summary>
    public int Slot { get; set; }
}
