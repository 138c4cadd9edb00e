namespace Broadcast.Core;

/// <summary>
/// What can be asked of clients wherever they are. Every node is asked; each answers for its own clients, and for one that does not there is
/// the reason instead. Any thread may call it.
/// </summary>
internal sealed class ClientCalls
{
    private readonly Cluster _cluster;
    private readonly ConnectionRegistry _here;
    private readonly Audiences _audiences;
    private readonly NodeMethod<UserRequest, ClientList> _list;
    private readonly NodeMethod<ConnectionQuery, ClientList> _find;
    private readonly NodeMethod<UserRequest, int> _count;
    private readonly NodeMethod<DisconnectRequest, int> _disconnect;
    private readonly NodeMethod<UnsubscribeRequest, int> _unsubscribe;
    private readonly NodeMethod<SendRequest, int> _send;
    private readonly NodeMethod<StatusRequest, StatusAnswer> _status;
    private readonly NodeMethod<PauseRequest, int> _pause;
    private readonly NodeMethod<JoinRequest, JoinCount> _join;
    private readonly NodeMethod<AttributesRequest, int> _attributes;
    private readonly NodeMethod<AudienceRequest, AudienceCount> _sendTo;
    private readonly NodeMethod<PartsRequest, AudienceCount> _sendParts;

    /// <summary>Parts of one message.</summary>
    public const int MaxParts = 64;

    internal ClientCalls(Hub hub, Cluster cluster)
    {
        (_cluster, _here, _audiences) = (cluster, hub.Connections, hub.Audiences);
        var (own, forms) = (new LocalClients(hub), NodeJson.Default);
        cluster.Add(_list = new("connections", forms.UserRequest, forms.ClientList, own.ListAsync));
        cluster.Add(_count = new("count", forms.UserRequest, forms.Int32, own.CountAsync));
        cluster.Add(_disconnect = new("disconnect", forms.DisconnectRequest, forms.Int32, own.DisconnectAsync));
        cluster.Add(_unsubscribe = new("unsubscribe", forms.UnsubscribeRequest, forms.Int32, own.UnsubscribeAsync));
        cluster.Add(_send = new("send", forms.SendRequest, forms.Int32, own.SendAsync));
        cluster.Add(_status = new("status", forms.StatusRequest, forms.StatusAnswer, own.StatusAsync));
        cluster.Add(_pause = new("pause", forms.PauseRequest, forms.Int32, own.PauseAsync));
        cluster.Add(_find = new("find", forms.ConnectionQuery, forms.ClientList, own.FindAsync));
        cluster.Add(_join = new("join", forms.JoinRequest, forms.JoinCount, own.JoinAsync));
        cluster.Add(_attributes = new("attributes", forms.AttributesRequest, forms.Int32, own.ReplaceAttributesAsync));
        cluster.Add(_sendTo = new("send-to", forms.AudienceRequest, forms.AudienceCount, own.SendToAsync));
        cluster.Add(_sendParts = new("send-parts", forms.PartsRequest, forms.AudienceCount, own.SendPartsAsync));
    }

    /// <summary>Finds the connections of a user.</summary>
    public Task<IReadOnlyList<NodeAnswer<ClientList>>> FindAsync(string user) => _cluster.CallAsync(_list, new UserRequest(user));

    /// <summary>Finds connections by their id, user, room, place, or an attribute that is indexed.</summary>
    /// <returns>Of each node how many there are, and at most 1,000 of them.</returns>
    /// <exception cref="ArgumentException">The attribute is not indexed, or there is no such circle; the message is one sentence.</exception>
    public Task<IReadOnlyList<NodeAnswer<ClientList>>> FindAsync(ConnectionQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var refusal = (query.Attribute is { } attribute ? _here.IndexRefusal(attribute) : null) ?? query.CircleRefusal;
        return refusal is not null
            ? throw new ArgumentException(refusal, nameof(query))
            : _cluster.CallAsync(_find, query);
    }

    /// <summary>Counts the connections of a user.</summary>
    public Task<IReadOnlyList<NodeAnswer<int>>> CountAsync(string user) => _cluster.CallAsync(_count, new UserRequest(user));

    /// <summary>Ends connections; their clients come back by themselves or not, as the code says.</summary>
    /// <returns>How many each node ended.</returns>
    public Task<IReadOnlyList<NodeAnswer<int>>> DisconnectAsync(ClientTarget target, Disconnect reason) =>
        _cluster.CallAsync(_disconnect, new DisconnectRequest(target, reason));

    /// <summary>Takes clients out of a room. Where they have no word for that, the connection ends.</summary>
    /// <returns>How many each node took out.</returns>
    public Task<IReadOnlyList<NodeAnswer<int>>> UnsubscribeAsync(ClientTarget target, string room, UnsubscribeReason reason) =>
        _cluster.CallAsync(_unsubscribe, new UnsubscribeRequest(target, room, reason));

    /// <summary>Sends a message to clients alone, outside of rooms. It waits until they have been told that they are connected, and had what was kept for them; a client for which too much waits is reset.</summary>
    /// <param name="data">For <see cref="ContentKind.Json"/> one JSON value, for <see cref="ContentKind.Text"/> UTF-8; not checked again.</param>
    /// <returns>To how many each node sent it.</returns>
    public Task<IReadOnlyList<NodeAnswer<int>>> SendAsync(ClientTarget target, ReadOnlyMemory<byte> data, ContentKind kind) =>
        SendAsync(target, data, kind, keptAs: null);

    /// <param name="keptAs">By what it will be known in the mailbox, if nobody has it.</param>
    internal Task<IReadOnlyList<NodeAnswer<int>>> SendAsync(ClientTarget target, ReadOnlyMemory<byte> data, ContentKind kind, string? keptAs) =>
        _cluster.CallAsync(_send, new SendRequest(target, kind, data, keptAs));

    /// <summary>Sends a message to all whom an audience means, outside of rooms, as <see cref="SendAsync(ClientTarget, ReadOnlyMemory{byte}, ContentKind)"/> does.</summary>
    /// <returns>To how many each node sent it.</returns>
    /// <exception cref="ArgumentException">There is no such audience; the message is one sentence.</exception>
    public Task<IReadOnlyList<NodeAnswer<AudienceCount>>> SendAsync(Audience audience, ReadOnlyMemory<byte> data, ContentKind kind) =>
        _audiences.Refusal(audience) is { } refusal ? throw new ArgumentException(refusal) : _cluster.CallAsync(_sendTo, new AudienceRequest(audience, kind, data));

    /// <summary>
    /// Sends each client one message of the parts that mean it, in their order, as JSON; who is meant by none is sent nothing. Otherwise as for one audience.
    /// </summary>
    /// <param name="parts">1 to <see cref="MaxParts"/>.</param>
    /// <param name="before">Stands before the parts, between which are commas.</param>
    /// <param name="after">Stands behind them.</param>
    /// <exception cref="ArgumentException">There are too many or none, or there is no such audience; the message is one sentence.</exception>
    public Task<IReadOnlyList<NodeAnswer<AudienceCount>>> SendAsync(IReadOnlyList<AudiencePart> parts, string before, string after)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var refusal = parts.Count is 0 or > MaxParts ? $"A message has 1 to {MaxParts} parts; this one has {parts.Count}."
            : parts.Select(p => _audiences.Refusal(p.Audience)).FirstOrDefault(r => r is not null);
        return refusal is not null ? throw new ArgumentException(refusal) : _cluster.CallAsync(_sendParts, new PartsRequest(parts, before, after));
    }

    /// <summary>Says how far one client has come in its rooms.</summary>
    /// <returns>From the node that has it its subscriptions, from all others null.</returns>
    public async Task<IReadOnlyList<NodeAnswer<IReadOnlyList<SubscriptionStatus>>>> StatusAsync(string client)
    {
        var answers = await _cluster.CallAsync(_status, new StatusRequest(client));
        return [.. answers.Select(a => new NodeAnswer<IReadOnlyList<SubscriptionStatus>>(a.Node, a.Value?.Subscriptions, a.Failure))];
    }

    /// <summary>Pauses one subscription of a client, or lets it go on.</summary>
    /// <param name="room">Empty for the only one the client has.</param>
    /// <returns>1 from the node that has it, 0 from all others.</returns>
    public Task<IReadOnlyList<NodeAnswer<int>>> PauseAsync(string client, string room, bool resume) =>
        _cluster.CallAsync(_pause, new PauseRequest(client, room, resume));

    /// <summary>Puts clients into a room that they did not ask for. They begin with what is published from then on.</summary>
    /// <param name="room">A good room name.</param>
    /// <returns>How many each node put there, and how many it could not.</returns>
    public Task<IReadOnlyList<NodeAnswer<JoinCount>>> JoinAsync(ClientTarget target, string room) => RoomName.Refusal(room) is { } refusal
        ? throw new ArgumentException(refusal, nameof(room))
        : _cluster.CallAsync(_join, new JoinRequest(target, room));

    /// <summary>Replaces all attributes of clients' sessions.</summary>
    /// <returns>For how many each node did.</returns>
    /// <exception cref="ArgumentException">They are beyond <see cref="SessionOptions"/>; the message is one sentence.</exception>
    public Task<IReadOnlyList<NodeAnswer<int>>> ReplaceAttributesAsync(ClientTarget target, SessionAttributes attributes) =>
        _here.Refusal(Session.Empty with { Attributes = attributes }) is { } refusal
            ? throw new ArgumentException(refusal, nameof(attributes))
            : _cluster.CallAsync(_attributes, new AttributesRequest(target, attributes));
}
