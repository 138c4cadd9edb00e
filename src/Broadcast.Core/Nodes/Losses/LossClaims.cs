namespace Broadcast.Core;

/// <summary>
/// Which node tells of a loss: of those who claim it the one with the lowest id, unless another has begun. Under the lock of <see cref="Losses"/>.
/// </summary>
internal sealed class LossClaims(Hub hub, string self, ClusterOptions options, OthersLists lists)
{
    /// <summary>How long all are told that a loss has been told of: none of them may miss it.</summary>
    private static readonly TimeSpan s_repeat = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (NodeLoss Loss, long At)> _claims = new(StringComparer.Ordinal);
    private readonly List<(NodeLoss Loss, long At)> _told = [];

    /// <summary>When this node began to take part, a timestamp.</summary>
    public long Began { get; set; } = hub.Time.GetTimestamp();

    /// <summary>Of which losses this node tells, or is about to; null for none.</summary>
    public IReadOnlyList<NodeLoss>? Own => _claims.Count == 0 ? null : [.. _claims.Values.Select(c => c.Loss)];

    /// <returns>Of which losses all has been told a short time ago; null for none.</returns>
    public IReadOnlyList<NodeLoss>? Told()
    {
        _told.RemoveAll(t => hub.Time.GetElapsedTime(t.At) > s_repeat);
        return _told.Count == 0 ? null : [.. _told.Select(t => t.Loss)];
    }

    /// <returns>Whether another node tells of a loss, and so has the users of the lost one.</returns>
    public bool IsTakenOver(OthersClients lost) => lost.IsBegun && LivingClaimer(lost) is not null;

    /// <summary>Another node claims a loss.</summary>
    public void Heard(string node, NodeLoss claim)
    {
        if (lists.Of(claim) is { } lost && (claim.HasBegun || IsBefore(node, lost)))
        {
            (lost.Claimer, lost.IsBegun) = (node, claim.HasBegun);
        }
    }

    /// <summary>Claims to tell of a lost node, or leaves it to another one.</summary>
    /// <param name="gone">When it was found to be gone, a timestamp.</param>
    /// <returns>Whether it has just claimed it.</returns>
    public bool TryClaim(string id, OthersClients lost, long gone)
    {
        if (_claims.ContainsKey(id))
        {
            if (!IsBefore(self, lost))
            {
                _claims.Remove(id);
            }

            return false;
        }

        // If nodes differ in whose it is, so that nobody claims it, whoever waits longest does.
        if (LivingClaimer(lost) is not null || (!IsMine(lost) && hub.Time.GetElapsedTime(gone) < 3 * options.GoneAfter))
        {
            return false;
        }

        _claims[id] = (new NodeLoss(id, lost.Mark), hub.Time.GetTimestamp());
        return true;
    }

    /// <summary>
    /// Begins what this node claimed, if it was heard by itself since, so that it is not this one that hears nothing, and others had a heartbeat's time to claim it
    /// too.
    /// </summary>
    /// <param name="heardItself">When this node last heard itself, a timestamp.</param>
    public bool TryBegin(string id, OthersClients lost, long? heardItself)
    {
        if (!_claims.TryGetValue(id, out var claim) || !(heardItself > claim.At) || hub.Time.GetElapsedTime(claim.At) <= options.Heartbeat / 2)
        {
            return false;
        }

        _claims[id] = claim with { Loss = new NodeLoss(id, lost.Mark, HasBegun: true) };
        return true;
    }

    /// <summary>It is nobody's any more, or another's.</summary>
    public void Drop(string id) => _claims.Remove(id);

    /// <summary>All has been told.</summary>
    public void Done(string id, ListMark mark) => _told.Add((new NodeLoss(id, mark), hub.Time.GetTimestamp()));

    /// <summary>
    /// Whether this node is the first to tell: it has the lowest id of those who take part. Those who had only just come when the other was last heard may not know
    /// all, and come last.
    /// </summary>
    private bool IsMine(OthersClients lost)
    {
        var isNew = IsNew(Began);
        return Array.TrueForAll(lists.All, other => other.Value.GoneAt is not null
            || (isNew == IsNew(other.Value.Since) ? string.CompareOrdinal(self, other.Key) < 0 : !isNew));

        bool IsNew(long since) => lost.HeardAt - since < hub.Ticks(options.GoneAfter);
    }

    /// <summary>Whether a node may claim a loss, as far as others have.</summary>
    private bool IsBefore(string node, OthersClients lost) =>
        LivingClaimer(lost) is not { } other || (!lost.IsBegun && string.CompareOrdinal(node, other) < 0);

    /// <summary>Who else tells of a lost node, or is about to, as long as it is there.</summary>
    private string? LivingClaimer(OthersClients lost) => lost.Claimer is { } claimer && lists.Find(claimer) is { GoneAt: null } ? claimer : null;
}
