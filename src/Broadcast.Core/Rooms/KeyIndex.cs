namespace Broadcast.Core;

/// <summary>The newest entry of each key, in the order of the log, bounded in keys and bytes. Touched under its log's lock.</summary>
internal sealed class KeyIndex(RoomRule rule)
{
    private readonly Dictionary<string, LinkedListNode<LogEntry>> _nodes = new(StringComparer.Ordinal);
    private readonly LinkedList<LogEntry> _inOrder = new();
    private long _bytes;

    /// <summary>Publications without a key count as of one key.</summary>
    public void Put(string? key, LogEntry entry)
    {
        if (_nodes.Remove(key ?? "", out var old))
        {
            _inOrder.Remove(old);
            _bytes -= old.Value.Cost;
        }

        _nodes[key ?? ""] = _inOrder.AddLast(entry);
        _bytes += entry.Cost;
        while (_nodes.Count > 1 && (_nodes.Count > rule.MaxKeys || _bytes > rule.MaxKeyBytes))
        {
            var oldest = _inOrder.First!.Value;
            _inOrder.RemoveFirst();
            _nodes.Remove(oldest.Publication!.Key ?? "");
            _bytes -= oldest.Cost;
        }
    }

    public LogEntry[] After(long cursor)
    {
        var newest = new List<LogEntry>();
        for (var node = _inOrder.Last; node is not null && node.Value.Sequence >= cursor; node = node.Previous)
        {
            newest.Add(node.Value);
        }

        newest.Reverse();
        return [.. newest];
    }
}
