namespace Broadcast.Core;

/// <summary>The clients of all other nodes, and which of these nodes are lost for good. Under the lock of <see cref="Losses"/>.</summary>
internal sealed class OthersLists(Remembered bound, TimeProvider time)
{
    /// <summary>Lost nodes that are remembered, so that they can be told when they come back.</summary>
    private const int MaxOver = 1_024;

    /// <summary>Nodes whose lists are kept.</summary>
    private const int MaxLists = 4_096;

    private readonly Dictionary<string, OthersClients> _lists = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ListMark> _over = new(StringComparer.Ordinal);
    private readonly Queue<string> _overInOrder = new();

    /// <summary>By id, of nodes that are heard and of such that are not; may be changed meanwhile.</summary>
    public KeyValuePair<string, OthersClients>[] All => [.. _lists];

    /// <summary>Whether some other node is heard that takes part.</summary>
    public bool HasOthers => _lists.Any(l => l.Value.GoneAt is null);

    public OthersClients? Find(string node) => _lists.GetValueOrDefault(node);

    /// <returns>Null if there are too many.</returns>
    public OthersClients? FindOrBegin(NodeInfo node)
    {
        if (!_lists.TryGetValue(node.Id, out var list) && _lists.Count < MaxLists)
        {
            var now = time.GetTimestamp();
            _lists[node.Id] = list = new OthersClients(node, now, bound) { HeardAt = now };
        }

        return list;
    }

    /// <returns>The list that a loss means; null if there is none, or the node has come back and begun a new one.</returns>
    public OthersClients? Of(NodeLoss loss) => _lists.TryGetValue(loss.Node, out var list) && list.Mark.Generation <= loss.Mark.Generation ? list : null;

    /// <summary>Who calls it goes on with the list.</summary>
    public void Remove(string node) => _lists.Remove(node);

    public void Forget(string node)
    {
        if (_lists.Remove(node, out var list))
        {
            list.Clear();
        }
    }

    /// <returns>Up to where it was told that the clients of a node have gone; null if that was not told.</returns>
    public ListMark? OverOf(string node) => _over.TryGetValue(node, out var mark) ? mark : null;

    public bool IsOver(string node, ListMark mark) => OverOf(node) is { } over && over.Generation >= mark.Generation;

    /// <summary>That a node is lost is told of, or will be in a moment.</summary>
    public void NoteOver(string node, ListMark mark)
    {
        if (IsOver(node, mark))
        {
            return;
        }

        if (!_over.ContainsKey(node))
        {
            _overInOrder.Enqueue(node);
        }

        _over[node] = mark;
        if (_overInOrder.Count > MaxOver)
        {
            _over.Remove(_overInOrder.Dequeue());
        }
    }
}
