namespace Broadcast.Core;

/// <summary>Publishes, and asks every node what became of it. Any thread may call it.</summary>
internal sealed class ReceiptCalls
{
    /// <summary>Users that a node names, so that who is connected to several nodes is counted once.</summary>
    private const int MaxUsers = 1_000;

    private readonly Hub _hub;
    private readonly Cluster _cluster;
    private readonly TimeSpan _wait;
    private readonly NodeMethod<ReceiptRequest, ReceiptAnswer> _receipt;

    internal ReceiptCalls(Hub hub, Cluster cluster, TimeSpan callTimeout)
    {
        (_hub, _cluster) = (hub, cluster);
        var most = callTimeout * 0.75;
        _wait = hub.ReceiptOptions.Wait < most ? hub.ReceiptOptions.Wait : most;
        cluster.Add(_receipt = new("receipt", NodeJson.Default.ReceiptRequest, NodeJson.Default.ReceiptAnswer, HereAsync));
    }

    /// <summary>
    /// Publishes as <see cref="Hub.PublishAsync"/> does. Returns when every member there was has got to it, or after <see cref="ReceiptOptions.Wait"/>. Of a
    /// publication that was stored before by its idempotency key it is the first one's receipt; nodes whose room has it no more, or never had it, say so instead.
    /// </summary>
    /// <exception cref="ArgumentException">The room's name is not good.</exception>
    public async Task<Receipt> PublishAsync(string room, Publication publication, string? idempotencyKey = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(publication);
        var result = await _hub.PublishAsync(room, publication.WithReceipt(), idempotencyKey, cancellation);
        if (!result.IsAccepted)
        {
            return new Receipt(result, ReceiptCounts.Nobody, []);
        }

        var answers = await _cluster.CallAsync(_receipt, new ReceiptRequest(room, result.Position.ToString(), _wait));
        ReceiptAnswer[] parts = [.. answers.Where(a => a is { IsAnswered: true, Value.Missing: null }).Select(a => a.Value!)];
        var written = parts.Sum(p => p.Written);
        var withheld = parts.Sum(p => p.Withheld);
        var members = parts.Sum(p => p.Members);
        var sum = new ReceiptCounts(members, parts.Sum(p => p.Addressed), written, withheld, members - written - withheld, UserCount(parts));
        Log.Reached(_hub.Logger, result.Position.ToString(), room, written, members, sum.Users, withheld, sum.LeftBehind);
        return new Receipt(result, sum, [.. answers.Select(Part)]);
    }

    private static NodeAnswer<ReceiptCounts> Part(NodeAnswer<ReceiptAnswer> answer) =>
        new(answer.Node, answer is { IsAnswered: true, Value.Missing: null } ? answer.Value.Counts : null, answer.Failure ?? answer.Value!.Missing);

    private static int UserCount(ReceiptAnswer[] parts)
    {
        var users = new HashSet<string>(StringComparer.Ordinal);
        var unnamed = 0;
        foreach (var part in parts)
        {
            users.UnionWith(part.Users ?? []);
            unnamed += part.Users is null ? part.UserCount : 0;
        }

        return users.Count + unnamed;
    }

    private async Task<ReceiptAnswer> HereAsync(ReceiptRequest asked)
    {
        if (!StreamPosition.TryParse(asked.Position, out var position))
        {
            return ReceiptAnswer.No("It was asked for a position that is none.");
        }

        if (_hub.FindRoom(asked.Room) is not { } room)
        {
            return Nobody();
        }

        if (room.ReceiptOf(position, out var missing) is not { } receipt)
        {
            return missing is null ? Nobody() : ReceiptAnswer.No(missing);
        }

        await receipt.Decided.WaitAsync(asked.Wait, _hub.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return receipt.Answer(MaxUsers) ?? ReceiptAnswer.No($"It has not received the publication within {asked.Wait.TotalSeconds:0.###} s.");

        static ReceiptAnswer Nobody() => new(0, 0, 0, 0, 0, []);
    }
}
