namespace Broadcast.Core;

/// <summary>What one node answered to a call that went to all.</summary>
/// <param name="Node">Null stands for other nodes that may be there and could not be asked.</param>
/// <param name="Value">The answer; only if there is no failure.</param>
/// <param name="Failure">Why there is no answer, in one sentence; else null.</param>
public sealed record NodeAnswer<T>(NodeInfo? Node, T? Value, string? Failure)
{
    public bool IsAnswered => Failure is null;
}

/// <summary>A node whose part is missing in an answer.</summary>
/// <param name="Node">Null stands for other nodes that may be there and could not be asked.</param>
/// <param name="Reason">One sentence.</param>
internal sealed record NodeFailure(NodeInfo? Node, string Reason);
