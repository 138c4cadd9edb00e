namespace Broadcast.Gateway;

/// <summary>
/// Reads histories as one client may see them: without what is meant for others. Where much of a history is, it reads on until it has as many publications as were
/// asked for, so that a page that is not full is the last one. Any thread may call it.
/// </summary>
internal sealed class MeantHistory(Hub hub)
{
    /// <summary>Pages read for one request; then what was found is all that is given.</summary>
    private const int MaxPages = 16;

    /// <param name="isMeant">Whether the client is in an audience.</param>
    /// <returns>What the client may see, and the page as the history had it first, which says what is not kept any more.</returns>
    /// <exception cref="BackplaneException">The history cannot be read now.</exception>
    public async ValueTask<(HistoryPage Seen, HistoryPage First)> ReadAsync(
        string room, HistoryQuery query, Func<Audience, bool> isMeant, CancellationToken cancellation)
    {
        var first = await hub.ReadAsync(room, query, cancellation);
        if (!first.Publications.Any(p => p.Publication.Audience is not null))
        {
            return (first, first);
        }

        var (seen, page, limit) = (new List<StoredPublication>(), first, query.EffectiveLimit);
        for (var pages = 1; page.Publications.Count > 0 && page.Top.Epoch == first.Top.Epoch; pages++)
        {
            seen.AddRange(page.Publications.Where(p => p.Publication.Audience is not { } audience || isMeant(audience)).Take(limit - seen.Count));
            if (seen.Count == limit || pages == MaxPages)
            {
                break;
            }

            var last = first.Top with { Offset = page.Publications[^1].Offset };
            page = await hub.ReadAsync(room, query with { Since = last, Limit = HistoryQuery.MaxLimit }, cancellation);
        }

        return (first with { Publications = seen }, first);
    }
}
