namespace Broadcast.Core;

/// <summary>
/// A cube of the space around the earth, with the places that lie in it: itself with a few, or in the eighths of it that have any. Touched under its index's lock.
/// </summary>
internal sealed class GeoCell(GeoCell? parent, UnitVector middle, double half)
{
    /// <summary>Places beyond which a cell is divided.</summary>
    private const int Capacity = 32;

    /// <summary>Half the edge of the smallest cells, some six metres: places may be equal, so that dividing would never end.</summary>
    private const double Smallest = 1e-6;

    private GeoCell?[]? _parts;
    private Place[] _places = [];

    /// <summary>Whose they are. Beside them, so that a cell that is all inside is copied, and not looked at place by place.</summary>
    private Connection[] _connections = [];
    private int _count;

    /// <summary>How many cells there are from this one down.</summary>
    public int CellCount => 1 + (_parts?.Sum(p => p?.CellCount ?? 0) ?? 0);

    private bool IsEmpty => _parts is null && _count == 0;

    public void Add(Place place, Connection connection)
    {
        var cell = this;
        while (cell._parts is { } parts)
        {
            cell = cell.PartOf(parts, place.Vector);
        }

        cell.Put(place, connection);
    }

    /// <summary>Takes out a place that stands in this very cell, and with it the cells that are empty then.</summary>
    public void Remove(Place place)
    {
        var last = _places[--_count];
        (_places[place.Slot], _connections[place.Slot], last.Slot) = (last, _connections[_count], place.Slot);
        (_places[_count], _connections[_count], place.Cell) = (null!, null!, null);
        if (_count < _places.Length / 4)
        {
            Resize(_places.Length / 2);
        }

        for (var cell = this; cell.IsEmpty && cell.Parent is { } above; cell = above)
        {
            above.Drop(cell);
        }
    }

    /// <param name="isInside">All of this cell is known to be within the circle.</param>
    public void Collect(Circle circle, bool isInside, List<Connection> found)
    {
        isInside = isInside || circle.Covers(middle, half);
        if (_parts is { } parts)
        {
            foreach (var part in parts)
            {
                if (part is not null && (isInside || part.IsTouchedBy(circle)))
                {
                    part.Collect(circle, isInside, found);
                }
            }

            return;
        }

        if (isInside)
        {
            found.AddRange(_connections.AsSpan(0, _count));
            return;
        }

        for (var slot = 0; slot < _count; slot++)
        {
            if (circle.Contains(_places[slot].Vector))
            {
                found.Add(_connections[slot]);
            }
        }
    }

    private GeoCell? Parent => parent;

    private bool IsTouchedBy(Circle circle) => circle.Touches(middle, half);

    private void Put(Place place, Connection connection)
    {
        if (_count >= Capacity && half > Smallest)
        {
            Divide();
            Add(place, connection);
            return;
        }

        if (_count == _places.Length)
        {
            Resize(Math.Max(4, _count * 2));
        }

        (place.Cell, place.Slot) = (this, _count);
        (_places[_count], _connections[_count]) = (place, connection);
        _count++;
    }

    private void Resize(int length)
    {
        Array.Resize(ref _places, length);
        Array.Resize(ref _connections, length);
    }

    private void Divide()
    {
        var (places, connections, count) = (_places, _connections, _count);
        (_parts, _places, _connections, _count) = (new GeoCell?[8], [], [], 0);
        for (var slot = 0; slot < count; slot++)
        {
            Add(places[slot], connections[slot]);
        }
    }

    private GeoCell PartOf(GeoCell?[] parts, in UnitVector point)
    {
        var (right, up, front) = (point.X >= middle.X, point.Y >= middle.Y, point.Z >= middle.Z);
        var quarter = half / 2;
        return parts[(right ? 1 : 0) + (up ? 2 : 0) + (front ? 4 : 0)] ??= new GeoCell(
            this,
            new UnitVector(middle.X + (right ? quarter : -quarter), middle.Y + (up ? quarter : -quarter), middle.Z + (front ? quarter : -quarter)),
            quarter);
    }

    private void Drop(GeoCell part)
    {
        _parts![Array.IndexOf(_parts, part)] = null;
        if (Array.TrueForAll(_parts, p => p is null))
        {
            _parts = null;
        }
    }
}
