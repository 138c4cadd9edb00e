using System.Collections.Concurrent;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Broadcast.Core;

/// <summary>
/// This node among the others: who they are, and calls that reach all of them. They talk through rooms of the backplane whose names no client
/// can have. Where the backplane does not span nodes, there is this one only, and nothing is told. Any thread may call it.
/// </summary>
internal sealed class Cluster : IAsyncDisposable
{
    /// <summary>Where all nodes listen. No room of a client has the character it begins with.</summary>
    internal const string AllNodes = "!nodes";

    /// <summary>How long an orderly end may wait for the backplane to take the goodbye.</summary>
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(1);

    private static readonly string s_version =
        typeof(Cluster).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private readonly ConcurrentDictionary<string, NodeMethod> _methods = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationToken _ended;
    private readonly RecentCalls _recent = new();
    private readonly ProcessLoad _load = new();
    private readonly ClusterOptions _options;
    private readonly IBackplane _backplane;
    private readonly PendingCalls _calls;
    private readonly Roster _roster;
    private readonly Hearing _hearing;
    private readonly Ear _ear;
    private readonly ILogger _logger;
    private readonly Hub _hub;
    private readonly string _id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly string _name;
    private readonly DateTimeOffset _started;
    private NodeInfo _told;
    private string _address = "";
    private ITimer? _heart;
    private bool _listensToAll;
    private bool _listensToOwn;
    private bool _saidHello;
    private bool _isFailing;
    private int _serving;
    private int _stopped;

    public Cluster(Hub hub, string name, ClusterOptions options, ILogger logger)
    {
        (_hub, _name, _options, _logger) = (hub, name, options, logger);
        (_backplane, _started, _ended) = (hub.Backplane, hub.Time.GetUtcNow(), _stopping.Token);
        _roster = new Roster(hub.Time, options.GoneAfter);
        _hearing = new Hearing(hub.Time, options);
        _calls = new PendingCalls(options.MaxCalls);
        _ear = new Ear(this);
        hub.Metrics.Nodes = () => 1 + _roster.Nodes().Count;
        Clients = new ClientCalls(hub, this);
        Presence = new PresenceCalls(hub, this);
        Users = new OnlineUsers(hub, this);
        Receipts = new ReceiptCalls(hub, this, options.CallTimeout);
        Losses = new Losses(hub, this, options, logger);
        Mailboxes = new Mailboxes(hub, this);
        _told = Self;
    }

    /// <summary>Calls that concern clients, wherever they are.</summary>
    public ClientCalls Clients { get; }

    /// <summary>Who is in a room, on all nodes together.</summary>
    public PresenceCalls Presence { get; }

    /// <summary>Which users are there, on any node.</summary>
    public OnlineUsers Users { get; }

    /// <summary>Publishing with an answer to what became of it.</summary>
    public ReceiptCalls Receipts { get; }

    /// <summary>What became of the clients of nodes that have gone without a word.</summary>
    public Losses Losses { get; }

    /// <summary>What is kept for users who are not there.</summary>
    public Mailboxes Mailboxes { get; }

    /// <summary>This node, as others see it.</summary>
    public NodeInfo Self =>
        new(_id, _name, Volatile.Read(ref _address), s_version, _started, _hub.ConnectionCount, _hub.RoomCount, _load.Value, _hub.Time.GetUtcNow());

    /// <summary>All nodes that are there, this one first.</summary>
    public IReadOnlyList<NodeInfo> Nodes => [Self, .. _roster.Nodes()];

    /// <summary>Why there may be nodes that are not among <see cref="Nodes"/>, in one sentence; null if all are known.</summary>
    public string? Trouble => _backplane.SpansNodes ? _hearing.Trouble : null;

    internal string Id => _id;

    /// <summary>Cancelled when this node says goodbye.</summary>
    internal CancellationToken Ended => _ended;

    private static string RoomOf(string node) => $"!node:{node}";

    /// <summary>Begins to listen to the others, and says that this node is there. What fails is tried again with every heartbeat.</summary>
    public async Task StartAsync()
    {
        if (_backplane.SpansNodes && Volatile.Read(ref _stopped) == 0)
        {
            _heart = _hub.Time.CreateTimer(_ => _ = BeatAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

            // A backplane that hangs must not keep the node from starting.
            await BeatAsync().WaitAsync(_options.CallTimeout, _hub.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Where others reach this node, as soon as that is known. Told with the next heartbeat.</summary>
    public void SetAddress(string address) => Volatile.Write(ref _address, address);

    /// <summary>Says goodbye; called when this node's clients have gone.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        await Mailboxes.StopAsync();
        await _stopping.CancelAsync();
        if (_heart is null)
        {
            return;
        }

        await _heart.DisposeAsync();
        try
        {
            await GoAsync().WaitAsync(GoodbyeTimeout);
        }
        catch (Exception e) when (e is BackplaneException or OperationCanceledException or TimeoutException)
        {
            // The others find out by themselves.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Mailboxes.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Lets other nodes ask this one. Before <see cref="StartAsync"/>.</summary>
    internal void Add(NodeMethod method) => _methods[method.Name] = method;

    /// <summary>Asks every node, this one too, and waits for their answers, at most <see cref="ClusterOptions.CallTimeout"/>.</summary>
    /// <returns>This node's answer first, then for every other node its answer, or the reason why there is none.</returns>
    internal async Task<IReadOnlyList<NodeAnswer<TAnswer>>> CallAsync<TRequest, TAnswer>(NodeMethod<TRequest, TAnswer> method, TRequest request)
    {
        var others = _backplane.SpansNodes ? AskOthersAsync(method, request) : Task.FromResult<IReadOnlyList<NodeAnswer<TAnswer>>>([]);
        var own = new NodeAnswer<TAnswer>(Self, await method.AnswerAsync(request), null);
        return [own, .. await others];
    }

    /// <summary>Tells one node something, or all.</summary>
    /// <exception cref="BackplaneException">It may not have been told.</exception>
    internal ValueTask TellAsync(string? node, string kind, JsonElement? body) =>
        SendAsync(node is null ? AllNodes : RoomOf(node), LetterOf(kind) with { Body = body });

    /// <summary>Says that this node is there, between its heartbeats.</summary>
    /// <exception cref="BackplaneException">It may not have been said.</exception>
    internal ValueTask SayHereAsync() => SendAsync(AllNodes, HeartbeatOf(LetterKind.Here));

    private async Task<IReadOnlyList<NodeAnswer<TAnswer>>> AskOthersAsync<TRequest, TAnswer>(NodeMethod<TRequest, TAnswer> method, TRequest request)
    {
        var (others, trouble) = (_roster.Nodes(), Trouble);
        if (others.Count == 0 && trouble is null)
        {
            return [];
        }

        if (_calls.TryBegin(others) is not { } call)
        {
            return [Failed<TAnswer>(null, "busy", $"This node has {_options.MaxCalls} calls to other nodes under way, and may have no more.")];
        }

        try
        {
            var letter = LetterOf(LetterKind.Call) with { Call = call.Id, Method = method.Name, Body = method.Write(request) };
            var exchange = ExchangeAsync(call, letter, waits: others.Count > 0);
            await ((Task)exchange).WaitAsync(_options.CallTimeout, _hub.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var unsent = exchange.IsCompleted ? await exchange : null;
            var (answers, silent) = call.Result();
            var all = answers.Select(a => Read(method, a));
            all = unsent is null
                ? all.Concat(silent.Select(n => Failed<TAnswer>(n, "unanswered", $"It did not answer within {_options.CallTimeout.TotalSeconds:0.###} s.")))
                : all.Append(Failed<TAnswer>(null, "unsent", $"The other nodes cannot be asked now: {unsent}"));
            return [.. trouble is null || unsent is not null ? all : all.Append(Failed<TAnswer>(null, "unheard", trouble))];
        }
        finally
        {
            _calls.End(call);
        }
    }

    /// <returns>Why the call could not be sent, or null when all who are waited for have answered.</returns>
    private async Task<string?> ExchangeAsync(PendingCall call, NodeLetter letter, bool waits)
    {
        try
        {
            await SendAsync(AllNodes, letter);
        }
        catch (BackplaneException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            return "This node stops.";
        }

        await (waits ? call.Done : Task.CompletedTask);
        return null;
    }

    private NodeAnswer<TAnswer> Read<TRequest, TAnswer>(NodeMethod<TRequest, TAnswer> method, NodeLetter answer)
    {
        try
        {
            return answer.Body is { } body
                ? new NodeAnswer<TAnswer>(answer.Sender, method.Read(body), null)
                : Failed<TAnswer>(answer.Sender, "failed", answer.Failure ?? "It answered nothing.");
        }
        catch (JsonException)
        {
            return Failed<TAnswer>(answer.Sender, "failed", $"It answered in a form that this node does not know; its version is {answer.Sender.Version}.");
        }
    }

    private NodeAnswer<TAnswer> Failed<TAnswer>(NodeInfo? node, string reason, string sentence)
    {
        _hub.Metrics.NodeFailures.Add(1, new KeyValuePair<string, object?>("reason", reason));
        return new NodeAnswer<TAnswer>(node, default, sentence);
    }

    /// <summary>One at a time: the next one is set off by the end of this one.</summary>
    private async Task BeatAsync()
    {
        try
        {
            _load.Measure();
            Volatile.Write(ref _told, Self);
            await ListenAsync();
            await SendAsync(AllNodes, HeartbeatOf(_saidHello ? LetterKind.Here : LetterKind.Hello));
            _saidHello = true;
            if (_isFailing)
            {
                _isFailing = false;
                NodeLog.ToldAgain(_logger);
            }
        }
        catch (BackplaneException e)
        {
            if (!_isFailing)
            {
                _isFailing = true;
                NodeLog.NotTold(_logger, e.Message);
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The node stops.
        }
        catch (Exception e)
        {
            Fault(e);
        }

        try
        {
            foreach (var node in _roster.TakeGone())
            {
                _calls.Gone(node.Id);
                Losses.Gone(node.Id);
                NodeLog.NodeGone(_logger, node.Name, node.Id, node.Address);
            }

            Losses.Beat();
        }
        catch (Exception e)
        {
            // Whatever that was, a node whose heart stops is lost for the others.
            Fault(e);
        }

        // Not all at the same moment.
        _heart!.Change(_options.Heartbeat * (0.9 + (Random.Shared.NextDouble() / 5)), Timeout.InfiniteTimeSpan);
    }

    private async ValueTask ListenAsync()
    {
        if (!_listensToOwn)
        {
            await _backplane.SubscribeAsync(RoomOf(_id), _ear, _ended);
            _listensToOwn = true;
        }

        if (!_listensToAll)
        {
            await _backplane.SubscribeAsync(AllNodes, _ear, _ended);
            _listensToAll = true;
        }
    }

    private async Task GoAsync()
    {
        await _backplane.NotifyAsync(AllNodes, new NodeMessage(LetterOf(LetterKind.Bye).ToBytes()), CancellationToken.None);
        await _backplane.UnsubscribeAsync(AllNodes, CancellationToken.None);
        await _backplane.UnsubscribeAsync(RoomOf(_id), CancellationToken.None);
    }

    /// <summary>With this node as it was at its last heartbeat: counting its rooms for every letter would cost too much.</summary>
    private NodeLetter LetterOf(string kind) => new(NodeLetter.ThisForm, kind, Volatile.Read(ref _told));

    private NodeLetter HeartbeatOf(string kind) => LetterOf(kind) with { Clients = Losses.Mark, Claims = Losses.Claims, Told = Losses.Told };

    private ValueTask SendAsync(string room, NodeLetter letter) => SendAsync(room, letter.ToBytes());

    private ValueTask SendAsync(string room, byte[] letter) => _backplane.NotifyAsync(room, new NodeMessage(letter), _ended);

    /// <summary>Never waits and never throws, as <see cref="IHandOver"/> says.</summary>
    private void Hear(Notice notice)
    {
        try
        {
            var why = "damaged";
            if (notice is NodeMessage message && NodeLetter.TryRead(message.Body.Span, out var letter, out why))
            {
                why = Take(letter);
            }

            if (why is not null)
            {
                _hub.Metrics.IgnoredNodeMessages.Add(1, new KeyValuePair<string, object?>("reason", why));
                NodeLog.Ignored(_logger, why);
            }
        }
        catch (Exception e)
        {
            Fault(e);
        }
    }

    /// <returns>Why it is ignored, or null.</returns>
    private string? Take(NodeLetter letter)
    {
        var sender = letter.Sender;
        if (sender.Id == _id)
        {
            _hearing.HeardItself();
            Losses.HeardItself();
            return null;
        }

        if (letter.Kind == LetterKind.Bye)
        {
            if (_roster.Remove(sender.Id) is not null)
            {
                NodeLog.NodeStopped(_logger, sender.Name, sender.Id);
            }

            _calls.Gone(sender.Id);
            Losses.Stopped(sender.Id);
            return null;
        }

        if (_roster.Heard(sender))
        {
            NodeLog.NodeCame(_logger, sender.Name, sender.Id);
        }

        Losses.Heard(letter);
        switch (letter.Kind)
        {
            case LetterKind.Here:
                return null;
            case LetterKind.Hello:
                _ = AnswerAsync(letter, HeartbeatOf(LetterKind.Here));
                return null;
            case LetterKind.Answer:
                _calls.Take(letter);
                return null;
            case LetterKind.Call when !_recent.TryAdd(sender.Id, letter.Call):
                return "repeated";
            case LetterKind.Call:
                _ = ServeAsync(letter);
                return null;
            case LetterKind.Clients or LetterKind.List or LetterKind.Lost:
                Losses.Take(letter);
                return null;
            default:
                return "unknown";
        }
    }

    private async Task ServeAsync(NodeLetter call)
    {
        // The backplane's thread has other rooms to hand over to.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var (body, failure) = await BodyOfAnswerAsync(call);
        await AnswerAsync(call, LetterOf(LetterKind.Answer) with { Call = call.Call, Body = body, Failure = failure });
    }

    private async Task<(JsonElement? Body, string? Failure)> BodyOfAnswerAsync(NodeLetter call)
    {
        if (!_methods.TryGetValue(call.Method ?? "", out var method) || call.Body is not { } request)
        {
            return (null, $"It is of version {s_version}, which does not know {call.Method}.");
        }

        try
        {
            return Interlocked.Increment(ref _serving) <= _options.MaxCalls
                ? (await method.ServeAsync(request), null)
                : (null, $"It answers {_options.MaxCalls} calls of other nodes at the moment, and may answer no more.");
        }
        catch (JsonException)
        {
            return (null, $"It is of version {s_version}, which does not know this form of {call.Method}.");
        }
        catch (Exception e)
        {
            Fault(e);
            return (null, "It met an unexpected fault; its log says which.");
        }
        finally
        {
            Interlocked.Decrement(ref _serving);
        }
    }

    /// <summary>What cannot be sent is told by the asking node, which waits in vain.</summary>
    private async Task AnswerAsync(NodeLetter asked, NodeLetter answer)
    {
        try
        {
            var bytes = answer.ToBytes();
            if (bytes.Length > _options.MaxAnswerBytes)
            {
                var sentence = $"Its answer has {bytes.Length} bytes, and may have {_options.MaxAnswerBytes}.";
                bytes = (answer with { Body = null, Failure = sentence }).ToBytes();
            }

            await SendAsync(RoomOf(asked.Sender.Id), bytes);
        }
        catch (BackplaneException)
        {
            _hub.Metrics.NodeFailures.Add(1, new KeyValuePair<string, object?>("reason", "unsent"));
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The node stops, and says so to all.
        }
        catch (Exception e)
        {
            Fault(e);
        }
    }

    private void Fault(Exception e)
    {
        _hub.Metrics.Faults.Add(1);
        NodeLog.NodeFault(_logger, e);
    }

    /// <summary>What the backplane hands over. Nobody publishes to nodes.</summary>
    private sealed class Ear(Cluster cluster) : IHandOver
    {
        public void HandOver(StreamPosition position, Publication publication)
        {
        }

        public void HandOver(Notice notice) => cluster.Hear(notice);
    }
}
