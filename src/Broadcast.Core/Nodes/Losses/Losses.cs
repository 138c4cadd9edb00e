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
    /// <summary>How long what is told is gathered.</summary>
    private static readonly TimeSpan s_batch = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the list of a lost node is kept for somebody else to tell of it.</summary>
    private static readonly TimeSpan s_keep = TimeSpan.FromMinutes(10);

    /// <summary>How long all are told that a loss has been told of: none of them may miss it.</summary>
    private static readonly TimeSpan s_repeat = TimeSpan.FromMinutes(1);

    /// <summary>Lost nodes that are remembered, so that they can be told when they come back.</summary>
    private const int MaxOver = 1_024;

    /// <summary>Nodes whose lists are kept.</summary>
    private const int MaxLists = 4_096;

    /// <summary>Clients told of at the same time.</summary>
    private const int Together = 64;

    private readonly Lock _gate = new();
    private readonly OwnClients _own = new();
    private readonly Remembered _remembered;
    private readonly Dictionary<string, OthersClients> _lists = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ListMark> _over = new(StringComparer.Ordinal);
    private readonly Queue<string> _overInOrder = new();
    private readonly Dictionary<string, (NodeLoss Loss, long At)> _claims = new(StringComparer.Ordinal);
    private readonly List<(NodeLoss Loss, long At)> _told = [];
    private readonly HashSet<string> _askers = new(StringComparer.Ordinal);
    private readonly NodeMethod<LossRequest, LossAnswer> _loss;
    private readonly Cluster _cluster;
    private readonly Hub _hub;
    private readonly ClusterOptions _options;
    private readonly ILogger _logger;
    private readonly TimeSpan _doubtAfter;
    private TaskCompletionSource? _doubt;
    private long _began;
    private long? _heardItself;
    private bool _isAsking;
    private bool _doubtsNoMore;
    private int _isTelling;

    internal Losses(Hub hub, Cluster cluster, ClusterOptions options, ILogger logger)
    {
        (_hub, _cluster, _options, _logger) = (hub, cluster, options, logger);
        _remembered = new Remembered(options.MaxRememberedClients, hub.Metrics);
        _began = hub.Time.GetTimestamp();

        // Long before the others may take it for lost, and later than its heartbeats come.
        _doubtAfter = TimeSpan.FromTicks(Math.Max(options.Heartbeat.Ticks * 3 / 2, options.GoneAfter.Ticks / 2));
        cluster.Add(_loss = new("loss", NodeJson.Default.LossRequest, NodeJson.Default.LossAnswer, asked => Task.FromResult(OfNode(asked))));
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

    /// <summary>Of which losses this node tells, or is about to; null for none.</summary>
    internal IReadOnlyList<NodeLoss>? Claims
    {
        get
        {
            lock (_gate)
            {
                return _claims.Count == 0 ? null : [.. _claims.Values.Select(c => c.Loss)];
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
                _told.RemoveAll(t => _hub.Time.GetElapsedTime(t.At) > s_repeat);
                return _told.Count == 0 ? null : [.. _told.Select(t => t.Loss)];
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
            TellSoon();
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

        if (Doubt() is { } doubt)
        {
            await doubt.WaitAsync(2 * _options.GoneAfter, _hub.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return _own.TryEnd(client);
    }

    /// <summary>It was told that a client of this node has gone.</summary>
    public void Went(string client)
    {
        if (IsOn)
        {
            _own.Went(client);
            TellSoon();
        }
    }

    /// <summary>The node stops: what is left to tell it tells without waiting for others.</summary>
    public void StopDoubting()
    {
        lock (_gate)
        {
            _doubtsNoMore = true;
            _doubt?.TrySetResult();
            _doubt = null;
        }
    }

    /// <returns>The nodes, as ids, that had a connection of the user when they were last heard.</returns>
    internal IReadOnlyList<string> NodesOf(string user)
    {
        lock (_gate)
        {
            return [.. _lists.Where(l => l.Value.Users.ContainsKey(user)).Select(l => l.Key)];
        }
    }

    /// <summary>On the backplane's thread: this node heard what it said itself.</summary>
    internal void HeardItself()
    {
        lock (_gate)
        {
            Doubt();
            _heardItself = _hub.Time.GetTimestamp();
        }
    }

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
            if (_lists.TryGetValue(sender.Id, out var list))
            {
                if (list.GoneAt is not null)
                {
                    (list.GoneAt, list.Claimer, list.IsBegun) = (null, null, false);
                    _claims.Remove(sender.Id);
                }

                (list.HeardAt, list.Node) = (now, sender);
            }

            foreach (var claim in letter.Claims ?? [])
            {
                if (ListOf(claim) is { } claimed && (claim.HasBegun || IsBefore(sender.Id, claimed)))
                {
                    (claimed.Claimer, claimed.IsBegun) = (sender.Id, claim.HasBegun);
                }
            }

            foreach (var loss in letter.Told ?? [])
            {
                if (ListOf(loss) is not null)
                {
                    Forget(loss.Node);
                }

                NoteOver(loss.Node, loss.Mark);
            }

            if (letter.Clients is { } mark)
            {
                isOver = IsOver(sender.Id, mark);
                if (!isOver && list is null && _lists.Count < MaxLists)
                {
                    _lists[sender.Id] = list = new OthersClients(sender, now, _remembered) { HeardAt = now };
                }

                // Looked at in any case: it notes how far the node is.
                asks = !isOver && list is not null && list.IsBehind(mark) && Ask(list, now);
            }
        }

        if (isOver)
        {
            _ = SendAsync(sender.Id, LetterKind.Lost);
        }
        else if (asks)
        {
            _ = SendAsync(sender.Id, LetterKind.List);
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
                _ = TellAllAsync(letter.Sender.Id);
                return;
            case LetterKind.Lost:
                lock (_gate)
                {
                    BeginDoubt();
                }

                _ = FindOutAsync();
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
            if (_lists.TryGetValue(node, out var list))
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

        var knowsAll = _cluster.Trouble is null && _hub.Backplane.IsReachable;
        List<OthersClients> lost = [];
        bool isInDoubt;
        var claims = false;
        lock (_gate)
        {
            isInDoubt = _doubt is not null;
            foreach (var (id, list) in _lists.ToArray())
            {
                if (list.GoneAt is not { } gone)
                {
                    continue;
                }

                if (_hub.Time.GetElapsedTime(gone) > s_keep)
                {
                    Forget(id);
                }
                else if (knowsAll && !isInDoubt)
                {
                    claims |= Claim(id, list, gone);
                    if (IsReady(id))
                    {
                        _claims[id] = _claims[id] with { Loss = new NodeLoss(id, list.Mark, HasBegun: true) };
                        lost.Add(list);
                        _lists.Remove(id);
                        NoteOver(id, list.Mark);
                    }
                }
            }
        }

        if (isInDoubt && knowsAll)
        {
            _ = FindOutAsync();
        }

        if (claims || lost.Count > 0)
        {
            // At once, so that all know of it before anybody acts on it.
            _ = SayHereAsync();
        }

        foreach (var list in lost)
        {
            _ = TellLossAsync(list);
        }
    }

    /// <summary>Under the lock. Claims to tell of a lost node, or leaves it to another one.</summary>
    /// <returns>Whether it has just claimed it.</returns>
    private bool Claim(string id, OthersClients lost, long gone)
    {
        if (_claims.ContainsKey(id))
        {
            if (!IsBefore(_cluster.Id, lost))
            {
                _claims.Remove(id);
            }

            return false;
        }

        // If nodes differ in whose it is, so that nobody claims it, whoever waits longest does.
        if (LivingClaimer(lost) is not null || (!IsMine(lost) && _hub.Time.GetElapsedTime(gone) < 3 * _options.GoneAfter))
        {
            return false;
        }

        _claims[id] = (new NodeLoss(id, lost.Mark), _hub.Time.GetTimestamp());
        return true;
    }

    /// <summary>
    /// Under the lock. Whether what this node claimed is its to tell: it was heard by itself since, so that it is not this one that hears nothing, and others had
    /// a heartbeat's time to claim it too.
    /// </summary>
    private bool IsReady(string id) =>
        _claims.TryGetValue(id, out var claim) && _heardItself > claim.At && _hub.Time.GetElapsedTime(claim.At) > _options.Heartbeat / 2;

    /// <summary>
    /// Under the lock. Whether this node is the first to tell: it has the lowest id of those who take part. Those who had only just come when the other was last
    /// heard may not know all, and come last.
    /// </summary>
    private bool IsMine(OthersClients lost)
    {
        var isNew = IsNew(_began);
        return _lists.All(other => other.Value.GoneAt is not null
            || (isNew == IsNew(other.Value.Since) ? string.CompareOrdinal(_cluster.Id, other.Key) < 0 : !isNew));

        bool IsNew(long since) => lost.HeardAt - since < _hub.Ticks(_options.GoneAfter);
    }

    /// <summary>Under the lock. Whether a node may claim a loss, as far as others have.</summary>
    private bool IsBefore(string node, OthersClients lost) =>
        LivingClaimer(lost) is not { } other || (!lost.IsBegun && string.CompareOrdinal(node, other) < 0);

    /// <summary>Under the lock. Who else tells of a lost node, or is about to, as long as it is there.</summary>
    private string? LivingClaimer(OthersClients lost) =>
        lost.Claimer is { } claimer && _lists.TryGetValue(claimer, out var list) && list.GoneAt is null ? claimer : null;

    /// <summary>Under the lock.</summary>
    private bool IsOver(string node, ListMark mark) => _over.TryGetValue(node, out var over) && over.Generation >= mark.Generation;

    /// <summary>Under the lock.</summary>
    /// <returns>The list that is meant; null if there is none, or the node has come back and begun a new one.</returns>
    private OthersClients? ListOf(NodeLoss loss) =>
        _lists.TryGetValue(loss.Node, out var list) && list.Mark.Generation <= loss.Mark.Generation ? list : null;

    /// <summary>Under the lock. That a node is lost is told of, or will be in a moment.</summary>
    private void NoteOver(string node, ListMark mark)
    {
        if (IsOver(node, mark))
        {
            return;
        }

        if (!_over.ContainsKey(node))
        {
            _overInOrder.Enqueue(node);
        }

        _over[node] = mark;
        if (_overInOrder.Count > MaxOver)
        {
            _over.Remove(_overInOrder.Dequeue());
        }
    }

    /// <summary>Under the lock.</summary>
    private void Forget(string node)
    {
        if (_lists.Remove(node, out var list))
        {
            _claims.Remove(node);
            list.Clear();
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

    /// <returns>Ends when it is known whether others took this node for lost; null while there is no reason to think so.</returns>
    private Task? Doubt()
    {
        lock (_gate)
        {
            if (_heardItself is { } last && _hub.Time.GetElapsedTime(last) > _doubtAfter && _own.Mark.Number > 0)
            {
                BeginDoubt();
            }

            return _doubt?.Task;
        }
    }

    /// <summary>Under the lock.</summary>
    private void BeginDoubt()
    {
        if (!_doubtsNoMore)
        {
            _doubt ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private LossAnswer OfNode(LossRequest asked)
    {
        lock (_gate)
        {
            return new LossAnswer(_over.TryGetValue(asked.Node, out var mark) && mark.Generation == asked.Generation ? mark : null);
        }
    }

    private void TakeNews(NodeInfo sender, ClientNews news)
    {
        var now = _hub.Time.GetTimestamp();
        bool asks;
        lock (_gate)
        {
            if (IsOver(sender.Id, news.Mark) || (!_lists.ContainsKey(sender.Id) && _lists.Count >= MaxLists))
            {
                return;
            }

            if (!_lists.TryGetValue(sender.Id, out var list))
            {
                _lists[sender.Id] = list = new OthersClients(sender, now, _remembered) { HeardAt = now };
            }

            asks = list.Take(news, now) && Ask(list, now);
        }

        if (asks)
        {
            _ = SendAsync(sender.Id, LetterKind.List);
        }
    }

    private void TellSoon()
    {
        if (Interlocked.Exchange(ref _isTelling, 1) == 0)
        {
            _ = TellNewsAsync();
        }
    }

    /// <summary>One at a time. A batch that gets lost, or that nobody is there for, is missing to who hears the next one or a heartbeat; then the list is asked for.</summary>
    private async Task TellNewsAsync()
    {
        try
        {
            do
            {
                await Task.Delay(s_batch, _hub.Time, _cluster.Ended);
                while (_own.Next() is { } news)
                {
                    if (HasOthers())
                    {
                        await SendAsync(null, LetterKind.Clients, news);
                    }
                }

                Volatile.Write(ref _isTelling, 0);
            }
            while (_own.HasNews && Interlocked.Exchange(ref _isTelling, 1) == 0);
        }
        catch (OperationCanceledException) when (_cluster.Ended.IsCancellationRequested)
        {
            // The node stops, and tells of its clients itself.
        }

        bool HasOthers()
        {
            lock (_gate)
            {
                return _lists.Any(l => l.Value.GoneAt is null);
            }
        }
    }

    private async Task TellAllAsync(string asker)
    {
        lock (_gate)
        {
            if (!_askers.Add(asker))
            {
                return;
            }
        }

        // The backplane's thread has other rooms to hand over to.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        foreach (var page in _own.All())
        {
            await SendAsync(asker, LetterKind.Clients, page);
        }

        lock (_gate)
        {
            _askers.Remove(asker);
        }
    }

    private Task SayHereAsync() => TryAsync(() => _cluster.SayHereAsync());

    private Task SendAsync(string? node, string kind, ClientNews? news = null) => TryAsync(() =>
        _cluster.TellAsync(node, kind, news is null ? null : JsonSerializer.SerializeToElement(news, NodeJson.Default.ClientNews)));

    /// <summary>Never fails: what is not sent is missed, and asked for, or said again with the next heartbeat.</summary>
    private async Task TryAsync(Func<ValueTask> send)
    {
        try
        {
            await send();
        }
        catch (BackplaneException)
        {
            _hub.Metrics.NodeFailures.Add(1, new KeyValuePair<string, object?>("reason", "unsent"));
        }
        catch (OperationCanceledException) when (_cluster.Ended.IsCancellationRequested)
        {
            // The node stops, and tells of its clients itself.
        }
        catch (Exception e)
        {
            Fault(e);
        }
    }

    /// <summary>Asks the others whether they took this node for lost. As long as that cannot be known, it is asked again with the next heartbeat.</summary>
    private async Task FindOutAsync()
    {
        lock (_gate)
        {
            if (_isAsking || _doubt is null)
            {
                return;
            }

            _isAsking = true;
        }

        try
        {
            var answers = await _cluster.CallAsync(_loss, new LossRequest(_cluster.Id, _own.Mark.Generation));
            var upTo = answers.Select(a => a.Value?.Mark).FirstOrDefault(m => m is not null);
            if (upTo is { } mark)
            {
                EndThose(mark);
            }
            else if (answers.Any(a => !a.IsAnswered))
            {
                return;
            }

            lock (_gate)
            {
                _doubt?.TrySetResult();
                _doubt = null;
            }
        }
        catch (Exception e)
        {
            Fault(e);
        }
        finally
        {
            lock (_gate)
            {
                _isAsking = false;
            }
        }
    }

    private void EndThose(ListMark upTo)
    {
        var lost = _own.Lose(upTo);
        lock (_gate)
        {
            // To the others it is a node that has just come.
            _began = _hub.Time.GetTimestamp();
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

        TellSoon();
    }

    /// <summary>The list is nobody else's any more.</summary>
    private async Task TellLossAsync(OthersClients list)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var node = list.Node;
        try
        {
            NodeLog.TellsLoss(_logger, list.Clients.Count, node.Name, node.Id);
            var offline = _cluster.Users.TakeOverAsync(list.Users.Keys, _cluster.Ended);
            var options = new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = _cluster.Ended };
            await Parallel.ForEachAsync(list.Clients, options, async (client, _) =>
            {
                await Lost(new LostClient(client.Key, client.Value, node.Name, node.LastSeen));
                _hub.Metrics.LostClients.Add(1);
            });
            await offline;
            lock (_gate)
            {
                _told.Add((new NodeLoss(node.Id, list.Mark), _hub.Time.GetTimestamp()));
            }
        }
        catch (OperationCanceledException) when (_cluster.Ended.IsCancellationRequested)
        {
            // This node stops; the next one begins again.
        }
        catch (Exception e)
        {
            Fault(e);
        }
        finally
        {
            lock (_gate)
            {
                _claims.Remove(node.Id);
                list.Clear();
            }
        }
    }

    private void Fault(Exception e)
    {
        _hub.Metrics.Faults.Add(1);
        NodeLog.NodeFault(_logger, e);
    }
}
