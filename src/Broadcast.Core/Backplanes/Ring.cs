namespace Broadcast.Core;

/// <summary>
/// A queue that can be read by index: oldest first, grows by doubling and shrinks by halving. One thread at a time. Lives inside its owner,
/// in a field that is not readonly, and is not copied.
/// </summary>
internal struct Ring<T>
{
    private const int Smallest = 4;

    private T[] _items = [];
    private int _first;

    public Ring()
    {
    }

    public int Count { get; private set; }

    public readonly int Capacity => _items.Length;

    public readonly T this[int index] => _items[(_first + index) & (_items.Length - 1)];

    public void Add(T item)
    {
        if (Count == _items.Length)
        {
            Resize(Math.Max(Smallest, Count * 2));
        }

        _items[(_first + Count++) & (_items.Length - 1)] = item;
    }

    public T RemoveFirst()
    {
        var item = this[0];
        _items[_first] = default!;
        _first = (_first + 1) & (_items.Length - 1);
        if (--Count == 0)
        {
            // An idle room gives its memory back.
            (_items, _first) = ([], 0);
        }
        else if (Count <= _items.Length / 4 && _items.Length > Smallest)
        {
            // Half of it stays free, so that the next ones do not make it grow at once.
            Resize(_items.Length / 2);
        }

        return item;
    }

    private void Resize(int capacity)
    {
        var items = new T[capacity];
        for (var i = 0; i < Count; i++)
        {
            items[i] = this[i];
        }

        (_items, _first) = (items, 0);
    }
}
