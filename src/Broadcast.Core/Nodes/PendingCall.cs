namespace Broadcast.Core;

/// <summary>A call that waits for the answers of other nodes. Any thread may call it.</summary>
/// <param name="asked">Those whose answers are waited for; others may answer as well.</param>
internal sealed class PendingCall(long id, IReadOnlyList<NodeInfo> asked)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, NodeInfo> _awaited = asked.ToDictionary(n => n.Id, StringComparer.Ordinal);
    private readonly Dictionary<string, NodeLetter> _answers = new(StringComparer.Ordinal);

    public long Id => id;

    /// <summary>Ends when all who are waited for have answered, or have gone.</summary>
    public Task Done => _done.Task;

    public void Take(NodeLetter answer)
    {
        lock (_gate)
        {
            // What comes twice counts once.
            _answers.TryAdd(answer.Sender.Id, answer);
            StopWaitingFor(answer.Sender.Id);
        }
    }

    /// <summary>A node has gone, and its clients with it: it has nothing to answer.</summary>
    public void Gone(string node)
    {
        lock (_gate)
        {
            StopWaitingFor(node);
        }
    }

    /// <returns>The answers, and who is still waited for.</returns>
    public (IReadOnlyList<NodeLetter> Answers, IReadOnlyList<NodeInfo> Silent) Result()
    {
        lock (_gate)
        {
            return ([.. _answers.Values], [.. _awaited.Values]);
        }
    }

    private void StopWaitingFor(string node)
    {
        if (_awaited.Remove(node) && _awaited.Count == 0)
        {
            _done.TrySetResult();
        }
    }
}
