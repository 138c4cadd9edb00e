namespace Broadcast.Core;

/// <summary>What became of a publication: at the backplane, and among the members of its room.</summary>
/// <param name="Result">If it was not accepted, nothing is counted.</param>
/// <param name="Sum">Of the nodes that answered; a user on several of them is one, as long as each names its own (1,000).</param>
/// <param name="Nodes">This node first, then every other one, with why there is no answer where there is none.</param>
public sealed record Receipt(PublishResult Result, ReceiptCounts Sum, IReadOnlyList<NodeAnswer<ReceiptCounts>> Nodes)
{
    /// <summary>Whether the part of a node is missing.</summary>
    public bool IsIncomplete => Nodes.Any(n => !n.IsAnswered);
}
