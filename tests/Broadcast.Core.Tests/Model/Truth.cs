namespace Broadcast.Core.Tests.Model;

/// <summary>What a room really had, in one order through all its epochs.</summary>
public sealed class Truth
{
    private readonly FakeStream _stream;
    private readonly Dictionary<StreamPosition, Publication> _all;
    private readonly (long Order, string Key)[] _kept;

    public Truth(FakeStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _all = stream.All.ToDictionary(p => p.Position, p => p.Publication);
        _kept = [.. stream.History.Select(p => (Order(stream.Top with { Offset = p.Offset }), p.Publication.Key ?? ""))];
    }

    public StreamPosition Top => _stream.Top;

    public bool KeepsNothing => _kept.Length == 0;

    /// <summary>Comparable through epochs; those nobody ever had come first.</summary>
    public long Order(StreamPosition position) =>
        ((long)_stream.Epochs.ToList().IndexOf(position.Epoch) << 32) + (long)Math.Min(position.Offset, int.MaxValue);

    public bool Knows(string epoch) => _stream.Epochs.Contains(epoch);

    public Publication? Find(StreamPosition position) => _all.GetValueOrDefault(position);

    /// <summary>Whether the history still has something from one place to another, both inclusive.</summary>
    public bool Keeps(long from, long to) => _kept.Any(k => k.Order >= from && k.Order <= to);

    /// <summary>The newest of each key among what is kept, from one place to another, both inclusive.</summary>
    public IEnumerable<long> NewestKept(long from, long to) =>
        _kept.Where(k => k.Order >= from && k.Order <= to).GroupBy(k => k.Key).Select(g => g.Max(k => k.Order));

    public bool KeepsNewerOf(string? key, long after, long to) => _kept.Any(k => k.Key == (key ?? "") && k.Order > after && k.Order <= to);

    public long LastKept => _kept.Length > 0 ? _kept[^1].Order : long.MinValue;
}
