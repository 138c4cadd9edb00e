namespace Broadcast.Core;

/// <summary>
/// Decides what becomes of a hand-over: the next one is appended, a repeat dropped, and before one that comes after a hole, or of
/// another epoch, what is missing is read from history. Inside the turn of its room's inbox only.
/// </summary>
internal readonly struct HoleFilling(Room room, RoomContext context)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);

    /// <returns>False if history must be read first.</returns>
    public bool TryAppend(in Arrival arrival)
    {
        if (arrival.Notice is { } notice)
        {
            room.Append(notice);
            return true;
        }

        var head = room.Log.Position;
        if (arrival.Publication is not { } publication || arrival.Position.Epoch != head.Epoch || arrival.Position.Offset > head.Offset + 1)
        {
            return false;
        }

        if (arrival.Position.Offset <= head.Offset)
        {
            context.Metrics.RepeatedHandOvers.Add(1);
        }
        else
        {
            room.Append(publication, arrival.Position);
        }

        return true;
    }

    /// <summary>Fills the hole up to the newest of the history, and then has a place for the arrival, or had it already.</summary>
    public async Task AppendAsync(Arrival arrival)
    {
        var wait = FirstRetry;
        while (room.State != RoomState.Closed)
        {
            try
            {
                await FillAsync(arrival.Publication is null ? 0 : arrival.Position.Offset);
                break;
            }
            catch (BackplaneException e)
            {
                Core.Log.HistoryNotRead(context.Logger, room.Name, e.Message);
                await Task.Delay(wait, context.Time, context.Stopping);
                wait = wait * 2 < LastRetry ? wait * 2 : LastRetry;
            }
        }

        var head = room.Log.Position;
        if (arrival.Publication is null || arrival.Position.Epoch != head.Epoch || room.State == RoomState.Closed)
        {
            // A wish to compare is fulfilled; what is of another epoch than the history's is of an old one.
            return;
        }

        if (arrival.Position.Offset > head.Offset + 1)
        {
            // The history no longer has what was between.
            AppendGap(head.Offset + 1, arrival.Position with { Offset = arrival.Position.Offset - 1 }, GapReason.Expired);
        }

        TryAppend(arrival);
    }

    /// <summary>Reads on until the log has all the history has, or at least all before <paramref name="until"/>.</summary>
    private async Task FillAsync(ulong until)
    {
        while (true)
        {
            var head = room.Log.Position;
            var page = await context.Backplane.ReadAsync(room.Name, new HistoryQuery(head, HistoryQuery.MaxLimit), context.Stopping);
            if (page.Top.Epoch != head.Epoch)
            {
                var first = page.Publications.Count > 0 ? page.Publications[0].Offset : page.Top.Offset + 1;
                AppendGap(head.Offset + 1, page.Top with { Offset = first - 1 }, GapReason.Epoch);
            }

            foreach (var (offset, publication) in page.Publications)
            {
                Append(page.Top with { Offset = offset }, publication);
            }

            head = room.Log.Position;
            if (head.Offset >= page.Top.Offset || page.Publications.Count == 0 || (until > 0 && head.Offset + 1 >= until))
            {
                if (until == 0 && head.Offset < page.Top.Offset)
                {
                    AppendGap(head.Offset + 1, page.Top, GapReason.Expired);
                }

                return;
            }
        }
    }

    private void Append(StreamPosition position, Publication publication)
    {
        var head = room.Log.Position;
        if (position.Offset <= head.Offset)
        {
            return;
        }

        if (position.Offset > head.Offset + 1)
        {
            AppendGap(head.Offset + 1, position with { Offset = position.Offset - 1 }, GapReason.Expired);
        }

        context.Metrics.FilledHoles.Add(1);
        room.Append(publication, position);
    }

    private void AppendGap(ulong from, StreamPosition to, string reason)
    {
        context.Metrics.Gaps.Add(1, new KeyValuePair<string, object?>("reason", reason));
        room.Append(new Gap(room.Log.Position with { Offset = from }, to, reason));
    }
}
