namespace Broadcast.Core;

/// <summary>
/// What can be asked of clients wherever they are. Every node is asked; each answers for its own clients, and for one that does not there is
/// the reason instead. Any thread may call it.
/// </summary>
public sealed class ClientCalls
{
    private readonly Cluster _cluster;
    private readonly NodeMethod<UserRequest, ClientList> _list;
    private readonly NodeMethod<UserRequest, int> _count;
    private readonly NodeMethod<DisconnectRequest, int> _disconnect;
    private readonly NodeMethod<UnsubscribeRequest, int> _unsubscribe;
    private readonly NodeMethod<SendRequest, int> _send;
    private readonly NodeMethod<StatusRequest, StatusAnswer> _status;
    private readonly NodeMethod<PauseRequest, int> _pause;

    internal ClientCalls(Hub hub, Cluster cluster)
    {
        _cluster = cluster;
        var (own, forms) = (new LocalClients(hub), NodeJson.Default);
        cluster.Add(_list = new("connections", forms.UserRequest, forms.ClientList, own.ListAsync));
        cluster.Add(_count = new("count", forms.UserRequest, forms.Int32, own.CountAsync));
        cluster.Add(_disconnect = new("disconnect", forms.DisconnectRequest, forms.Int32, own.DisconnectAsync));
        cluster.Add(_unsubscribe = new("unsubscribe", forms.UnsubscribeRequest, forms.Int32, own.UnsubscribeAsync));
        cluster.Add(_send = new("send", forms.SendRequest, forms.Int32, own.SendAsync));
        cluster.Add(_status = new("status", forms.StatusRequest, forms.StatusAnswer, own.StatusAsync));
        cluster.Add(_pause = new("pause", forms.PauseRequest, forms.Int32, own.PauseAsync));
    }

    /// <summary>Finds the connections of a user.</summary>
    public Task<IReadOnlyList<NodeAnswer<ClientList>>> FindAsync(string user) => _cluster.CallAsync(_list, new UserRequest(user));

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

    /// <summary>Sends a message to clients alone, outside of rooms. It waits with the replies; a client for which too many wait is reset.</summary>
    /// <param name="data">For <see cref="ContentKind.Json"/> one JSON value, for <see cref="ContentKind.Text"/> UTF-8; not checked again.</param>
    /// <returns>To how many each node sent it.</returns>
    public Task<IReadOnlyList<NodeAnswer<int>>> SendAsync(ClientTarget target, ReadOnlyMemory<byte> data, ContentKind kind) =>
        _cluster.CallAsync(_send, new SendRequest(target, kind, data));

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
}
