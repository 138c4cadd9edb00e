namespace Broadcast.Gateway;

/// <summary>
/// Reads histories as one client may see them: without what is meant for others or withheld from its view. Where much of a history is, it reads on until it has as many
/// publications as were asked for, so that a page that is not full is the last one. Any thread may call it.
/// </summary>
internal sealed class MeantHistory(Hub hub)
{
    /// <summary>Pages read for one request; then what was found is all that is given.</summary>
    private const int MaxPages = 16;

    /// <param name="isMeant">Whether the client is in an audience.</param>
    /// <param name="session">By which the client's view is known.</param>
    /// <returns>What the client may see, and the page as the history had it first, which says what is not kept any more.</returns>
    /// <exception cref="BackplaneException">The history cannot be read now.</exception>
    public async ValueTask<(HistoryPage Seen, HistoryPage First)> ReadAsync(
        string room, HistoryQuery query, Func<Audience, bool> isMeant, Session session, CancellationToken cancellation)
    {
        var first = await hub.ReadAsync(room, query, cancellation);
        var shown = await ShowAsync(room, first, isMeant, session, cancellation);
        if (shown.Publications.Count == first.Publications.Count)
        {
            return (shown, first);
        }

        var (seen, page, limit) = (shown.Publications.ToList(), first, query.EffectiveLimit);
        for (var pages = 1; pages < MaxPages && seen.Count < limit; pages++)
        {
            var last = first.Top with { Offset = page.Publications[^1].Offset };
            page = await hub.ReadAsync(room, query with { Since = last, Limit = HistoryQuery.MaxLimit }, cancellation);
            if (page.Publications.Count == 0 || page.Top.Epoch != first.Top.Epoch)
            {
                break;
            }

            shown = await ShowAsync(room, page, isMeant, session, cancellation);
            seen.AddRange(shown.Publications.Take(limit - seen.Count));
        }

        return (first with { Publications = seen }, first);
    }

    private ValueTask<HistoryPage> ShowAsync(string room, HistoryPage page, Func<Audience, bool> isMeant, Session session, CancellationToken cancellation)
    {
        var meant = page.Publications.Any(p => p.Publication.Audience is { } audience && !isMeant(audience))
            ? page with { Publications = [.. page.Publications.Where(p => p.Publication.Audience is not { } audience || isMeant(audience))] }
            : page;
        return hub.Views.ShowAsync(room, meant, session, cancellation);
    }
}
