namespace Broadcast.Core;

/// <summary>A queue that can be read by index: oldest first, grows by doubling. One thread at a time.</summary>
internal sealed class Ring<T>
{
    private T[] _items = [];
    private int _first;

    public int Count { get; private set; }

    public T this[int index] => _items[(_first + index) & (_items.Length - 1)];

    public void Add(T item)
    {
        if (Count == _items.Length)
        {
            var larger = new T[Math.Max(4, Count * 2)];
            for (var i = 0; i < Count; i++)
            {
                larger[i] = this[i];
            }

            (_items, _first) = (larger, 0);
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

        return item;
    }
}
