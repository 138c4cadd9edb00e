using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Broadcast.Gateway;

/// <summary>What the application asks of clients, on its way to the node that has them. Any thread may call it.</summary>
internal sealed class Connections(Hub hub, Cluster cluster, HandlerPool pool, ILogger<Connections> logger) : IConnections
{
    public IReadOnlyList<Connection> All => hub.Connections.All;

    public Task<IReadOnlyList<NodeAnswer<ClientList>>> FindAsync(ConnectionQuery query) => cluster.Clients.FindAsync(query);

    public Connection? Find(string id) => hub.Connections.Find(id);

    public IReadOnlyList<Connection> Find(ConnectionQuery query) => hub.Connections.Find(query);

    public Task<IReadOnlyList<NodeAnswer<int>>> ReplaceAttributesAsync(ClientTarget target, SessionAttributes attributes) =>
        cluster.Clients.ReplaceAttributesAsync(target, attributes);

    public Task<IReadOnlyList<NodeAnswer<JoinCount>>> JoinAsync(ClientTarget target, string room) => cluster.Clients.JoinAsync(target, room);

    public Task<IReadOnlyList<NodeAnswer<int>>> LeaveAsync(ClientTarget target, string room) =>
        cluster.Clients.UnsubscribeAsync(target, room, UnsubscribeReason.Server);

    public Task<IReadOnlyList<NodeAnswer<int>>> SendToUserAsync<T>(string user, T message) =>
        cluster.Clients.SendAsync(ClientTarget.OfUser(user), JsonOf(message), ContentKind.Json);

    public async Task<IReadOnlyList<NodeAnswer<AudienceCount>>> SendAsync<T>(Audience audience, T message)
    {
        var answers = await cluster.Clients.SendAsync(audience, JsonOf(message), ContentKind.Json);
        Log.SentToAudience(
            logger, audience, answers.Sum(a => a.Value?.Connections ?? 0), answers.Sum(a => a.Value?.Meant ?? 0), answers.Count(a => !a.IsAnswered));
        return answers;
    }

    public Task<IReadOnlyList<NodeAnswer<AudienceCount>>> SendBatchAsync(params IReadOnlyList<(Audience To, Fragment Update)> updates)
    {
        AudiencePart[] parts = [.. updates.Select(u => new AudiencePart(u.To, JsonOf(u.Update)))];
        var bytes = FragmentBatch.Before.Length + FragmentBatch.After.Length + parts.Sum(p => p.Json.Length + 1);
        return pool.SizeRefusal(bytes) is { } refusal
            ? throw new ArgumentException(refusal, nameof(updates))
            : cluster.Clients.SendAsync(parts, FragmentBatch.Before, FragmentBatch.After);
    }

    public Task<MailResult> SendOrKeepAsync<T>(string user, T message) => cluster.Mailboxes.SendAsync(user, JsonOf(message), ContentKind.Json);

    private byte[] JsonOf<T>(T message)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(message, pool.Json);
        return pool.SizeRefusal(json.Length) is { } refusal ? throw new ArgumentException(refusal, nameof(message)) : json;
    }
}
