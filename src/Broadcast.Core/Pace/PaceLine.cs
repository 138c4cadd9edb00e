namespace Broadcast.Core;

/// <summary>What waits for its turn, first in first out and bounded. Touched under its broadcaster's lock.</summary>
internal sealed class PaceLine(PaceOptions options)
{
    private readonly LinkedList<PacedSend> _line = new();
    private readonly Dictionary<(string? Room, string Key), LinkedListNode<PacedSend>> _byKey = [];

    public int Count => _line.Count;

    public long Bytes { get; private set; }

    public DateTimeOffset? OldestAt => _line.First?.Value.Item.EnqueuedAt;

    /// <param name="dropped">How many that waited longest were dropped for it.</param>
    public EnqueueResult Add(PacedSend send, out int dropped)
    {
        dropped = 0;
        if (options.Rule == PaceRule.Coalesce && send.Item.Key is { } key && _byKey.TryGetValue((send.Item.Room, key), out var older))
        {
            return TryReplace(older, send) ? EnqueueResult.Coalesced : EnqueueResult.Refused;
        }

        while (!Fits(send.Cost))
        {
            if (options.Rule != PaceRule.DropOldest || send.Cost > options.MaxWaitingBytes)
            {
                return EnqueueResult.Refused;
            }

            TryTake();
            dropped++;
        }

        var node = _line.AddLast(send);
        Bytes += send.Cost;
        if (options.Rule == PaceRule.Coalesce && send.Item.Key is { } name)
        {
            _byKey.Add((send.Item.Room, name), node);
        }

        return EnqueueResult.Queued;
    }

    /// <returns>The one that waited longest, or null if none waits.</returns>
    public PacedSend? TryTake()
    {
        if (_line.First?.Value is not { } send)
        {
            return null;
        }

        _line.RemoveFirst();
        Bytes -= send.Cost;
        if (send.Item.Key is { } key)
        {
            _byKey.Remove((send.Item.Room, key));
        }

        return send;
    }

    /// <returns>How many waited.</returns>
    public int Clear()
    {
        var count = _line.Count;
        _line.Clear();
        _byKey.Clear();
        Bytes = 0;
        return count;
    }

    private bool TryReplace(LinkedListNode<PacedSend> older, PacedSend newer)
    {
        var bytes = Bytes - older.Value.Cost + newer.Cost;
        if (bytes > options.MaxWaitingBytes)
        {
            return false;
        }

        older.Value = newer;
        Bytes = bytes;
        return true;
    }

    private bool Fits(int cost) => _line.Count < options.MaxWaiting && Bytes + cost <= options.MaxWaitingBytes;
}
