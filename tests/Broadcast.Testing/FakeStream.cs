namespace Broadcast.Testing;

/// <summary>A room as a <see cref="FakeBackplane"/> has it, and all it ever had.</summary>
public sealed class FakeStream(string room, int maxHistory)
{
    private readonly List<string> _epochs = ["e1"];
    private readonly List<(StreamPosition Position, Publication Publication)> _all = [];
    private readonly List<StoredPublication> _history = [];

    public string Room => room;

    public StreamPosition Top { get; private set; } = new("e1", 0);

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<string> Epochs => _epochs;

    /// <summary>Every publication that was accepted, in order, through all epochs, also those no longer kept.</summary>
    public IReadOnlyList<(StreamPosition Position, Publication Publication)> All => _all;

    /// <summary>What is kept.</summary>
    public IReadOnlyList<StoredPublication> History => _history;

    internal StreamPosition Store(Publication publication)
    {
        Top = Top with { Offset = Top.Offset + 1 };
        _all.Add((Top, publication));
        _history.Add(new StoredPublication(Top.Offset, publication));
        if (_history.Count > maxHistory)
        {
            _history.RemoveAt(0);
        }

        return Top;
    }

    internal void Restart()
    {
        _epochs.Add($"e{_epochs.Count + 1}");
        _history.Clear();
        Top = new StreamPosition(_epochs[^1], 0);
    }

    internal HistoryPage Page(HistoryQuery query)
    {
        IEnumerable<StoredPublication> kept = _history;
        if (query.Since is { } since && since.Epoch == Top.Epoch)
        {
            kept = query.Reverse ? kept.Where(p => p.Offset < since.Offset) : kept.Where(p => p.Offset > since.Offset);
        }

        kept = query.Reverse ? kept.Reverse() : kept;
        return new HistoryPage([.. kept.Take(query.EffectiveLimit)], Top);
    }
}
