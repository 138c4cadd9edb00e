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

    public async Task<IReadOnlyList<NodeAnswer<int>>> SendToUserAsync<T>(string user, T message)
    {
        var answers = await cluster.Clients.SendAsync(ClientTarget.OfUser(user), JsonOf(message), ContentKind.Json);
        Log.SentToUser(logger, user, answers.Sum(a => a.Value), Silent(answers));
        return answers;
    }

    public async Task<IReadOnlyList<NodeAnswer<AudienceCount>>> SendAsync<T>(Audience audience, T message)
    {
        var answers = await cluster.Clients.SendAsync(audience, JsonOf(message), ContentKind.Json);
        var (accepted, meant) = Sum(answers);
        Log.SentToAudience(logger, audience, accepted, meant, Silent(answers));
        return answers;
    }

    public async Task<IReadOnlyList<NodeAnswer<AudienceCount>>> SendBatchAsync(params IReadOnlyList<(Audience To, Fragment Update)> updates)
    {
        AudiencePart[] parts = [.. updates.Select(u => new AudiencePart(u.To, JsonOf(u.Update)))];
        var bytes = FragmentBatch.Before.Length + FragmentBatch.After.Length + parts.Sum(p => p.Json.Length + 1);
        if (pool.SizeRefusal(bytes) is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(updates));
        }

        var answers = await cluster.Clients.SendAsync(parts, FragmentBatch.Before, FragmentBatch.After);
        var (accepted, meant) = Sum(answers);
        Log.SentBatch(logger, parts.Length, accepted, meant, Silent(answers));
        return answers;
    }

    public Task<MailResult> SendOrKeepAsync<T>(string user, T message) => cluster.Mailboxes.SendAsync(user, JsonOf(message), ContentKind.Json);

    private static (int Accepted, int Meant) Sum(IReadOnlyList<NodeAnswer<AudienceCount>> answers) =>
        (answers.Sum(a => a.Value?.Connections ?? 0), answers.Sum(a => a.Value?.Meant ?? 0));

    private static int Silent<T>(IReadOnlyList<NodeAnswer<T>> answers) => answers.Count(a => !a.IsAnswered);

    private byte[] JsonOf<T>(T message)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(message, pool.Json);
        return pool.SizeRefusal(json.Length) is { } refusal ? throw new ArgumentException(refusal, nameof(message)) : json;
    }
}
