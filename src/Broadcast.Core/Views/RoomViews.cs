namespace Broadcast.Core;

/// <summary>The views of one room that are in use. Any thread may call it; its lock guards which there are.</summary>
/// <param name="room">Null for a history whose room is not open here.</param>
internal sealed class RoomViews(string name, Room? room, ViewRule rule, Views views)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, View> _views = new(StringComparer.Ordinal);
    private View[] _inUse = [];
    private View? _nothing;
    private int _made;

    public string Name => name;

    public Room? Room => room;

    public ViewRule Rule => rule;

    public Views Views => views;

    /// <summary>A client, or somebody who reads history, is shown the room by what its session says. It leaves what it gets.</summary>
    public View Enter(Session session) => Enter(rule.KeyOf(session));

    /// <param name="key">Null if it is not known: then all is withheld.</param>
    public View Enter(string? key)
    {
        lock (_gate)
        {
            var view = (key is null ? null : FindOrAdd(key)) ?? (_nothing ??= new View(null, _made++, this));
            if (view.Members++ == 0)
            {
                Volatile.Write(ref _inUse, [.. _inUse, view]);

                // From here on it is told of what comes; what came before, members ask for.
                Interlocked.MemoryBarrier();
                view.Projector.Begin();
            }

            return view;
        }
    }

    public void Leave(View view)
    {
        lock (_gate)
        {
            if (--view.Members == 0)
            {
                Volatile.Write(ref _inUse, Array.FindAll(_inUse, v => v != view));
                view.Projector.End();
            }
        }
    }

    /// <summary>The log has something new.</summary>
    public void News()
    {
        // The head was written before; who enters a view after this line reads it after entering.
        Interlocked.MemoryBarrier();
        foreach (var view in Volatile.Read(ref _inUse))
        {
            view.Projector.Wake();
        }
    }

    /// <returns>Null if there are too many.</returns>
    private View? FindOrAdd(string key)
    {
        if (_views.TryGetValue(key, out var known))
        {
            return known;
        }

        if (_views.Count >= views.Options.MaxViews)
        {
            foreach (var unused in _views.Values.Where(v => v.Members == 0 && v.Projector.IsIdle).ToArray())
            {
                _views.Remove(unused.Key);
            }

            if (_views.Count >= views.Options.MaxViews)
            {
                views.CountUnknown("views");
                ViewLog.TooManyViews(views.Hub.Logger, name, views.Options.MaxViews);
                return null;
            }
        }

        return _views[key] = new View(key, _made++, this);
    }
}
