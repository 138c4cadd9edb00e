namespace Broadcast.Core;

/// <summary>The other nodes, as long as they are heard. Any thread may call it.</summary>
internal sealed class Roster(TimeProvider time, TimeSpan goneAfter)
{
    /// <summary>Beyond it newcomers are not remembered: no cluster is as large, but something is wrong.</summary>
    private const int MaxNodes = 4_096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <returns>Whether it was not known before.</returns>
    public bool Heard(NodeInfo node)
    {
        lock (_gate)
        {
            var isNew = !_known.ContainsKey(node.Id);
            if (isNew && _known.Count >= MaxNodes)
            {
                return false;
            }

            _known[node.Id] = new Known(node with { LastSeen = time.GetUtcNow() }, time.GetTimestamp());
            return isNew;
        }
    }

    /// <returns>The node that said goodbye, or null if it was not known.</returns>
    public NodeInfo? Remove(string id)
    {
        lock (_gate)
        {
            return _known.Remove(id, out var known) ? known.Info : null;
        }
    }

    /// <returns>Those that were heard lately, by name.</returns>
    public IReadOnlyList<NodeInfo> Nodes()
    {
        lock (_gate)
        {
            return [.. _known.Values.Where(k => !IsGone(k)).Select(k => k.Info).OrderBy(n => n.Name, StringComparer.Ordinal).ThenBy(n => n.Id, StringComparer.Ordinal)];
        }
    }

    /// <returns>Those that were not heard for too long; they are forgotten.</returns>
    public IReadOnlyList<NodeInfo> TakeGone()
    {
        lock (_gate)
        {
            NodeInfo[] gone = [.. _known.Values.Where(IsGone).Select(k => k.Info)];
            foreach (var node in gone)
            {
                _known.Remove(node.Id);
            }

            return gone;
        }
    }

    private bool IsGone(Known known) => time.GetElapsedTime(known.SeenAt) > goneAfter;

    private sealed record Known(NodeInfo Info, long SeenAt);
}
