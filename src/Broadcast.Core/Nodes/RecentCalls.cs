namespace Broadcast.Core;

/// <summary>The newest calls of others, so that one that the backplane hands over twice is carried out once. Any thread may call it.</summary>
internal sealed class RecentCalls
{
    private const int Most = 4_096;

    private readonly Lock _gate = new();
    private readonly HashSet<(string Node, long Call)> _known = [];
    private readonly Queue<(string Node, long Call)> _order = new();

    /// <returns>False if it came before.</returns>
    public bool TryAdd(string node, long call)
    {
        lock (_gate)
        {
            if (!_known.Add((node, call)))
            {
                return false;
            }

            _order.Enqueue((node, call));
            if (_order.Count > Most)
            {
                _known.Remove(_order.Dequeue());
            }

            return true;
        }
    }
}
