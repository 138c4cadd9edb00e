using System.Security.Cryptography;

namespace Broadcast.Core;

/// <summary>
/// Hands over what waits in a user's mailbox, to one client of this node, if no other node is at it. Letters count as handed over when the client's transport
/// took them. One task.
/// </summary>
/// <param name="clients">All of the user's that may be told something. If the first goes, or takes nothing, another one gets the rest.</param>
internal sealed class MailRound(Hub hub, Cluster cluster, Mailbox box, MailLook look, MailClients clients)
{
    /// <summary>Marks of one attempt. A mailbox keeps twice as many (<see cref="MailboxOptions.MaxMarks"/>), so that others still read whose attempt it is.</summary>
    private const int MaxMarks = MailboxOptions.MaxMarks / 2;

    /// <summary>How long a client may take nothing while another one of the user would.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly string _node = cluster.Self.Id;
    private StreamPosition? _at;
    private int _marks;

    /// <returns>False if others are at it, and it must be looked again whether they came to an end.</returns>
    /// <exception cref="BackplaneException">Something waits, perhaps, and cannot be had now.</exception>
    public async Task<bool> RunAsync()
    {
        while (clients.First is not null)
        {
            var top = await box.TopAsync();
            var marks = top.Offset == 0 ? MailMarks.None : await box.ReadMarksAsync();
            if (!marks.Leaves(top))
            {
                return true;
            }

            if (marks.Claim is not null && !IsGone(marks))
            {
                return false;
            }

            var claim = new MailMark(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), _node) { Over = marks.Claim?.Claim };
            await box.MarkAsync(claim);
            marks = await box.ReadMarksAsync();
            if (marks.Claim?.Claim == claim.Claim)
            {
                (_at, _marks) = (marks.HandedOver, 1);
                if (await HandAllOverAsync(claim))
                {
                    return true;
                }
            }
        }

        return true;
    }

    /// <summary>This node makes one attempt at a time: an earlier one of its own is over.</summary>
    private bool IsGone(MailMarks marks) =>
        marks.Claim!.Node == _node || cluster.Nodes.All(n => n.Id != marks.Claim.Node) || look.IsStuck(marks, hub.Time, hub.MailboxOptions.Lease);

    /// <returns>Whether nothing is left; else there is no client any more, or it takes another attempt.</returns>
    private async Task<bool> HandAllOverAsync(MailMark claim)
    {
        try
        {
            while (clients.First is not null && _marks < MaxMarks)
            {
                var page = await box.ReadAsync(_at);
                PassOverLost(page);
                if (page.Publications.Count == 0)
                {
                    return true;
                }

                await HandOverAsync(page, claim);
            }

            return false;
        }
        finally
        {
            await box.MarkAsync(claim.Reached(_at, isEnd: true));
        }
    }

    /// <summary>What came after the last letter handed over and is no longer kept.</summary>
    private void PassOverLost(HistoryPage page)
    {
        var after = _at is { } at && at.Epoch == page.Top.Epoch ? at.Offset : 0;
        var before = page.Publications.Count > 0 ? page.Publications[0].Offset - 1 : page.Top.Offset;
        if (before > after)
        {
            hub.Metrics.Mail("lost", (long)(before - after));
        }

        _at = new StreamPosition(page.Top.Epoch, Math.Max(before, after));
    }

    private async Task HandOverAsync(HistoryPage page, MailMark claim)
    {
        for (var next = 0; next < page.Publications.Count && _marks < MaxMarks && clients.First is { } client;)
        {
            var count = await HandSomeOverAsync(client, page.Publications, next);
            if (count == 0)
            {
                continue;
            }

            next += count;
            _at = new StreamPosition(page.Top.Epoch, page.Publications[next - 1].Offset);
            if (_at.Value.Offset < page.Top.Offset)
            {
                _marks++;
                await box.MarkAsync(claim.Reached(_at, isEnd: false));
            }
        }
    }

    /// <summary>So many at once that half of what may wait for the client stays free for other things.</summary>
    /// <returns>How many are with the client, or can never be; 0 if it is the first no longer.</returns>
    private async Task<int> HandSomeOverAsync(Connection client, IReadOnlyList<StoredPublication> letters, int first)
    {
        while (true)
        {
            var (count, delivered) = (0, 0);
            Task? sent = null;
            await client.PostAction(c =>
            {
                for (; c.State == ConnectionState.Open && first + count < letters.Count; count++)
                {
                    var letter = letters[first + count].Publication;
                    var message = c.Dialect.Message(letter.Data, letter.Kind);
                    if (message.Length > c.MaxReplyBytes)
                    {
                        continue;
                    }

                    if (message.Length > c.ReplyRoom - (delivered == 0 ? 0 : c.MaxReplyBytes / 2))
                    {
                        break;
                    }

                    delivered += c.Mail.HandOver(letter.Key ?? "", message) ? 1 : 0;
                }

                sent = c.State == ConnectionState.Open ? c.RepliesSentAsync() : null;
            });

            if (!await TookAsync(client, sent))
            {
                return 0;
            }

            if (count > 0)
            {
                hub.Metrics.Mail("delivered", delivered);
                hub.Metrics.Mail("refused", count - delivered);
                return count;
            }
        }
    }

    /// <param name="sent">Null if it has gone.</param>
    /// <returns>Whether its transport took all; else it is the first no longer.</returns>
    private async Task<bool> TookAsync(Connection client, Task? sent)
    {
        if (sent is not null)
        {
            Task ended = Task.WhenAny(sent, client.Completion);
            await ended.WaitAsync(s_patience, hub.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (!ended.IsCompleted)
            {
                var (asked, standsStill) = (look.NextAsked, false);
                await client.PostAction(c => standsStill = c.StandsStill(s_patience));
                if (!standsStill)
                {
                    // It reads, if slowly.
                    await ended.WaitAsync(s_patience, hub.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                else if (await clients.TryPassOverAsync())
                {
                    return false;
                }
                else
                {
                    await Task.WhenAny(ended, asked);
                }
            }

            if (sent.IsCompleted)
            {
                return true;
            }
        }

        await clients.RemoveFirstAsync();
        return false;
    }
}
