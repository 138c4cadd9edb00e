namespace Broadcast.Core;

/// <summary>
/// The connections of a node by where they are. The sphere lies in a cube that is divided where places are dense (docs/decisions/0016), so that what is near
/// is found by looking at what is near, everywhere on earth alike. Not safe by itself: <see cref="ConnectionRegistry"/> guards it.
/// </summary>
internal sealed class GeoIndex
{
    private readonly GeoCell _earth = new(parent: null, default, half: 1);

    public int CellCount => _earth.CellCount;

    /// <summary>Moves a connection; either place may be null.</summary>
    public void Replace(Connection connection, Place? was, Place? now)
    {
        if (ReferenceEquals(was, now))
        {
            return;
        }

        was?.Cell?.Remove(was);
        if (now is not null)
        {
            _earth.Add(now, connection);
        }
    }

    public IReadOnlyList<Connection> Within(Circle circle)
    {
        var found = new List<Connection>();
        _earth.Collect(circle, isInside: false, found);
        return found;
    }
}
