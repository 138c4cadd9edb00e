namespace Broadcast.Actors;

/// <summary>Which pings of this node the others have answered, and what follows from that. One actor's own.</summary>
/// <typeparam name="TNode">What a node is known by.</typeparam>
internal sealed class Votes<TNode>
    where TNode : notnull
{
    /// <summary>Pings remembered; who answers none of the last so many has not answered.</summary>
    private const int Remembered = 64;

    private readonly Dictionary<TNode, PingSent> _answered = [];
    private readonly Queue<PingSent> _sent = new();
    private long _number;

    /// <summary>A ping is sent to all now.</summary>
    /// <param name="handedOver">Bytes handed over before it.</param>
    /// <returns>Its number.</returns>
    public long Send(long now, long handedOver)
    {
        _sent.Enqueue(new PingSent(++_number, now, handedOver));
        if (_sent.Count > Remembered)
        {
            _sent.Dequeue();
        }

        return _number;
    }

    public void Answered(TNode by, long number)
    {
        if (_sent.Count > 0 && number - _sent.Peek().Number is >= 0 and var index && index < _sent.Count && !(_answered.TryGetValue(by, out var before) && before.Number > number))
        {
            _answered[by] = _sent.ElementAt((int)index);
        }
    }

    /// <summary>Nodes that are no members any more are forgotten.</summary>
    public void Keep(IReadOnlyCollection<TNode> others)
    {
        foreach (var gone in _answered.Keys.Except(others).ToArray())
        {
            _answered.Remove(gone);
        }
    }

    /// <summary>The latest time at which this node and others together were a majority.</summary>
    /// <param name="others">The other members.</param>
    /// <param name="first">Which of two halves counts as the majority: the one with this node in it. Null if that is this node.</param>
    /// <returns>Null if that was never so; the end of time if there are no others.</returns>
    public long? Proved(IReadOnlyCollection<TNode> others, TNode? first, long now)
    {
        // Each counts twice, and the first once more: so there is no tie.
        var total = others.Count + 1;
        var votes = first is null ? 3 : 2;
        if (votes > total)
        {
            return others.Count == 0 ? long.MaxValue : now;
        }

        foreach (var other in others.Where(_answered.ContainsKey).OrderByDescending(o => _answered[o].At))
        {
            votes += first is not null && first.Equals(other) ? 3 : 2;
            if (votes > total)
            {
                return _answered[other].At;
            }
        }

        return null;
    }

    /// <summary>How many of the others have answered a ping of no longer ago.</summary>
    public int Count(IReadOnlyCollection<TNode> others, long since) => others.Count(o => _answered.TryGetValue(o, out var answer) && answer.At >= since);

    /// <summary>What all of the others have shown to have taken.</summary>
    public long Taken(IReadOnlyCollection<TNode> others, long handedOver)
    {
        var taken = handedOver;
        foreach (var other in others)
        {
            taken = Math.Min(taken, _answered.TryGetValue(other, out var answer) ? answer.HandedOver : 0);
        }

        return taken;
    }

    private readonly record struct PingSent(long Number, long At, long HandedOver);
}
