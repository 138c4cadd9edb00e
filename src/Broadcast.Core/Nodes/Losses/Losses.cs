using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>
/// Tells of the clients of a node that has gone without a word, once in the cluster. Nodes tell each other whom they have, in batches; when one is lost, the
/// one among them with the lowest id claims to tell of its clients, and the others take that over if it is lost too. A node that was taken for lost and
/// comes back ends those clients, and says nothing of them. Where the backplane does not span nodes, all this is nothing. Any thread may call it.
/// </summary>
internal sealed class Losses
{
    /// <summary>How long the list of a lost node is kept for somebody else to tell of it.</summary>
    private static readonly TimeSpan s_keep = TimeSpan.FromMinutes(10);

    /// <summary>Clients told of at the same time.</summary>
    private const int Together = 64;

    /// <summary>Of the lists and the claims.</summary>
    private readonly Lock _gate = new();
    private readonly Remembered _remembered;
    private readonly OthersLists _lists;
    private readonly LossClaims _claims;
    private readonly OwnClients _own = new();
    private readonly OwnNews _news;
    private readonly SelfDoubt _doubt;
    private readonly LossPost _post;
    private readonly Cluster _cluster;
    private readonly Hub _hub;
    private readonly ClusterOptions _options;
    private readonly ILogger _logger;

    internal Losses(Hub hub, Cluster cluster, ClusterOptions options, ILogger logger)
    {
        (_hub, _cluster, _options, _logger) = (hub, cluster, options, logger);
        _remembered = new Remembered(options.MaxRememberedClients, hub.Metrics);
        _lists = new OthersLists(_remembered, hub.Time);
        _claims = new LossClaims(hub, cluster.Id, options, _lists);
        _post = new LossPost(hub, cluster, logger);
        _news = new OwnNews(hub, cluster, _own, _post, HasOthers);
        NodeMethod<LossRequest, LossAnswer> loss = new("loss", NodeJson.Default.LossRequest, NodeJson.Default.LossAnswer, asked => Task.FromResult(OfNode(asked)));
        cluster.Add(loss);
        _doubt = new SelfDoubt(hub, cluster, options, _own, loss, EndLost, _post.Fault);
        hub.Metrics.RememberedClients = () => RememberedCount;
    }

    /// <summary>Whether there is somebody to tell; asked again and again. A node where there is not tells the others nothing of its clients either.</summary>
    public Func<bool> IsWanted { get; set; } = () => false;

    /// <summary>Told of each client of a lost node, some at the same time. Must not fail. Set before clients come.</summary>
    public Func<LostClient, Task> Lost { get; set; } = _ => Task.CompletedTask;

    /// <summary>Clients of other nodes that this one remembers.</summary>
    public int RememberedCount
    {
        get
        {
            lock (_gate)
            {
                return _remembered.Count;
            }
        }
    }

    /// <summary>How far this node has told; null if it does not take part.</summary>
    internal ListMark? Mark => IsOn ? _own.Mark : null;

    /// <inheritdoc cref="LossClaims.Own"/>
    internal IReadOnlyList<NodeLoss>? Claims
    {
        get
        {
            lock (_gate)
            {
                return _claims.Own;
            }
        }
    }

    /// <summary>Of which losses all has been told a short time ago; null for none.</summary>
    internal IReadOnlyList<NodeLoss>? Told
    {
        get
        {
            lock (_gate)
            {
                return _claims.Told();
            }
        }
    }

    private bool IsOn => _hub.Backplane.SpansNodes && _options.MaxRememberedClients > 0 && IsWanted();

    /// <summary>A client of this node has come; <see cref="EndAsync"/> follows when it has gone.</summary>
    public void Came(string client, string? user)
    {
        if (IsOn)
        {
            _own.Came(client, user);
            _news.TellSoon();
        }
    }

    /// <summary>
    /// A client of this node has gone. If this node was not heard for a while, others may have told so already: then it waits until it knows, at most twice
    /// <see cref="ClusterOptions.GoneAfter"/>.
    /// </summary>
    /// <returns>Whether it is this node's to tell. If so, <see cref="Went"/> follows when that is done.</returns>
    public async Task<bool> EndAsync(string client)
    {
        if (!IsOn)
        {
            return true;
        }

        if (_doubt.Ended() is { } ended)
        {
            await ended.WaitAsync(2 * _options.GoneAfter, _hub.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return _own.TryEnd(client);
    }

    /// <summary>It was told that a client of this node has gone.</summary>
    public void Went(string client)
    {
        if (IsOn)
        {
            _own.Went(client);
            _news.TellSoon();
        }
    }

    /// <summary>The node stops: what is left to tell it tells without waiting for others.</summary>
    public void StopDoubting() => _doubt.Stop();

    /// <returns>The nodes, as ids, that had a connection of the user when they were last heard; without those whose users another node has taken over.</returns>
    internal IReadOnlyList<string> NodesOf(string user)
    {
        lock (_gate)
        {
            return [.. _lists.All.Where(l => l.Value.Users.ContainsKey(user) && !_claims.IsTakenOver(l.Value)).Select(l => l.Key)];
        }
    }

    /// <summary>On the backplane's thread: this node heard what it said itself.</summary>
    internal void HeardItself() => _doubt.HeardItself();

    /// <summary>On the backplane's thread: another node was heard.</summary>
    internal void Heard(NodeLetter letter)
    {
        if (!IsOn)
        {
            return;
        }

        var (sender, now) = (letter.Sender, _hub.Time.GetTimestamp());
        var (isOver, asks) = (false, false);
        lock (_gate)
        {
            if (_lists.Find(sender.Id) is { } known)
            {
                if (known.GoneAt is not null)
                {
                    (known.GoneAt, known.Claimer, known.IsBegun) = (null, null, false);
                    _claims.Drop(sender.Id);
                }

                (known.HeardAt, known.Node) = (now, sender);
            }

            foreach (var claim in letter.Claims ?? [])
            {
                _claims.Heard(sender.Id, claim);
            }

            foreach (var loss in letter.Told ?? [])
            {
                if (_lists.Of(loss) is not null)
                {
                    Forget(loss.Node);
                }

                _lists.NoteOver(loss.Node, loss.Mark);
            }

            if (letter.Clients is { } mark)
            {
                isOver = _lists.IsOver(sender.Id, mark);

                // Looked at in any case: it notes how far the node is.
                asks = !isOver && _lists.FindOrBegin(sender) is { } list && list.IsBehind(mark) && Ask(list, now);
            }
        }

        if (isOver)
        {
            _ = _post.SendAsync(sender.Id, LetterKind.Lost);
        }
        else if (asks)
        {
            _ = _post.SendAsync(sender.Id, LetterKind.List);
        }
    }

    /// <summary>On the backplane's thread: a letter of another node that is about its clients, or this node's.</summary>
    internal void Take(NodeLetter letter)
    {
        if (!IsOn)
        {
            return;
        }

        switch (letter.Kind)
        {
            case LetterKind.Clients when letter.Body is { } body && body.Deserialize(NodeJson.Default.ClientNews) is { } news:
                TakeNews(letter.Sender, news);
                return;
            case LetterKind.List:
                _ = _news.TellAllAsync(letter.Sender.Id);
                return;
            case LetterKind.Lost:
                _doubt.Begin();
                _ = _doubt.FindOutAsync();
                return;
        }
    }

    /// <summary>A node said goodbye: it told of its clients itself.</summary>
    internal void Stopped(string node)
    {
        lock (_gate)
        {
            Forget(node);
        }
    }

    /// <summary>A node was not heard for too long.</summary>
    internal void Gone(string node)
    {
        lock (_gate)
        {
            if (_lists.Find(node) is { } list)
            {
                list.GoneAt ??= _hub.Time.GetTimestamp();
            }
        }
    }

    /// <summary>With every heartbeat of this node.</summary>
    internal void Beat()
    {
        if (!IsOn)
        {
            return;
        }

        // In this order: who has heard itself after a standstill is in doubt first.
        var heardItself = _doubt.HeardAt;
        var (knowsAll, isInDoubt) = (_cluster.Trouble is null && _hub.Backplane.IsReachable, _doubt.IsOpen);
        var (claims, lost) = LookAfter(mayClaim: knowsAll && !isInDoubt, heardItself);
        if (isInDoubt && knowsAll)
        {
            _ = _doubt.FindOutAsync();
        }

        if (claims || lost.Count > 0)
        {
            // At once, so that all know of it before anybody acts on it.
            _ = _post.SayHereAsync();
        }

        foreach (var (list, leaving) in lost)
        {
            _ = TellLossAsync(list, leaving);
        }
    }

    /// <returns>
    /// Whether something was just claimed; and the lists of the lost nodes of which this one tells from now on, which are nobody else's any more, each with the
    /// users who may have gone.
    /// </returns>
    private (bool Claims, List<(OthersClients List, IReadOnlyList<LeavingUser> Leaving)> Lost) LookAfter(bool mayClaim, long? heardItself)
    {
        var (claims, lost) = (false, new List<(OthersClients, IReadOnlyList<LeavingUser>)>());
        lock (_gate)
        {
            foreach (var (id, list) in _lists.All)
            {
                if (list.GoneAt is not { } gone)
                {
                    continue;
                }

                if (_hub.Time.GetElapsedTime(gone) > s_keep)
                {
                    Forget(id);
                }
                else if (mayClaim)
                {
                    claims |= _claims.TryClaim(id, list, gone);
                    if (_claims.TryBegin(id, list, heardItself))
                    {
                        // Before anybody hears that it has begun, and so asks this node for the users in place of the lost one.
                        lost.Add((list, _cluster.Users.TakeOver(list.Users.Keys)));
                        _lists.Remove(id);
                        _lists.NoteOver(id, list.Mark);
                    }
                }
            }
        }

        return (claims, lost);
    }

    /// <summary>Under the lock.</summary>
    private void Forget(string node)
    {
        if (_lists.Find(node) is not null)
        {
            _claims.Drop(node);
            _lists.Forget(node);
        }
    }

    /// <summary>Under the lock. Whether the list is to be asked for now: not while its answer is on the way.</summary>
    private bool Ask(OthersClients list, long now)
    {
        if (list.AskedAt is { } asked && _hub.Time.GetElapsedTime(asked, now) < _options.CallTimeout)
        {
            return false;
        }

        list.Asked(now);
        return true;
    }

    private bool HasOthers()
    {
        lock (_gate)
        {
            return _lists.HasOthers;
        }
    }

    private LossAnswer OfNode(LossRequest asked)
    {
        lock (_gate)
        {
            return new LossAnswer(_lists.OverOf(asked.Node) is { } mark && mark.Generation == asked.Generation ? mark : null);
        }
    }

    private void TakeNews(NodeInfo sender, ClientNews news)
    {
        var now = _hub.Time.GetTimestamp();
        bool asks;
        lock (_gate)
        {
            asks = !_lists.IsOver(sender.Id, news.Mark) && _lists.FindOrBegin(sender) is { } list && list.Take(news, now) && Ask(list, now);
        }

        if (asks)
        {
            _ = _post.SendAsync(sender.Id, LetterKind.List);
        }
    }

    /// <summary>The others have told that these clients of this node have gone.</summary>
    private void EndLost(IReadOnlyList<ClientName> lost)
    {
        lock (_gate)
        {
            // To the others it is a node that has just come.
            _claims.Began = _hub.Time.GetTimestamp();
        }

        if (lost.Count == 0)
        {
            return;
        }

        NodeLog.WasTakenForLost(_logger, lost.Count);
        _cluster.Users.Forget(lost.Select(c => c.User).OfType<string>());
        foreach (var (id, _) in lost)
        {
            _ = _hub.Connections.Find(id)?.PostClose(Disconnect.NodeLost);
        }

        _news.TellSoon();
    }

    /// <summary>The list is nobody else's any more.</summary>
    private async Task TellLossAsync(OthersClients list, IReadOnlyList<LeavingUser> leaving)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var node = list.Node;
        try
        {
            NodeLog.TellsLoss(_logger, list.Clients.Count, node.Name, node.Id);
            var offline = _cluster.Users.LeaveAsync(leaving, _cluster.Ended);
            var options = new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = _cluster.Ended };
            await Parallel.ForEachAsync(list.Clients, options, async (client, _) =>
            {
                await Lost(new LostClient(client.Key, client.Value, node.Name, node.LastSeen));
                _hub.Metrics.LostClients.Add(1);
            });
            await offline;
            lock (_gate)
            {
                _claims.Done(node.Id, list.Mark);
            }
        }
        catch (OperationCanceledException) when (_cluster.Ended.IsCancellationRequested)
        {
            // This node stops; the next one begins again.
        }
        catch (Exception e)
        {
            _post.Fault(e);
        }
        finally
        {
            lock (_gate)
            {
                _claims.Drop(node.Id);
                list.Clear();
            }
        }
    }
}
