using System.Collections.Concurrent;

namespace Broadcast.Core;

/// <summary>The calls of this node that wait for others. Any thread may call it.</summary>
internal sealed class PendingCalls(int most)
{
    private readonly ConcurrentDictionary<long, PendingCall> _calls = new();
    private long _lastId;
    private int _count;

    /// <returns>Null if as many are under way as there may be.</returns>
    public PendingCall? TryBegin(IReadOnlyList<NodeInfo> asked)
    {
        if (Interlocked.Increment(ref _count) > most)
        {
            Interlocked.Decrement(ref _count);
            return null;
        }

        var call = new PendingCall(Interlocked.Increment(ref _lastId), asked);
        _calls[call.Id] = call;
        return call;
    }

    public void End(PendingCall call)
    {
        if (_calls.TryRemove(call.Id, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>An answer to a call that has ended is late, and dropped.</summary>
    public void Take(NodeLetter answer) => _calls.GetValueOrDefault(answer.Call)?.Take(answer);

    public void Gone(string node)
    {
        foreach (var (_, call) in _calls)
        {
            call.Gone(node);
        }
    }
}
