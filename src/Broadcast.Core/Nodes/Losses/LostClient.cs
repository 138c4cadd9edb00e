namespace Broadcast.Core;

/// <summary>A client of a node that has gone without a word.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="LastSeen">When something last came from that node, by the clock of the one that tells.</param>
internal sealed record LostClient(string Id, string? User, string Node, DateTimeOffset LastSeen)
{
    /// <summary>What is left of its session.</summary>
    public Session Session => User is null ? Session.Empty : new Session { User = User };
}
